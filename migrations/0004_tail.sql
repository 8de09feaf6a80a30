CREATE TABLE "awaited" (
	"service_id" integer NOT NULL,
	"name" text collate "C" NOT NULL,
	"source" text NOT NULL,
	"id" text NOT NULL,
	CONSTRAINT "awaited_service_id_name_source_id_pk" PRIMARY KEY("service_id","name","source","id")
);
--> statement-breakpoint
DROP INDEX "facts_repository";--> statement-breakpoint
ALTER TABLE "deployments" ADD COLUMN "identity" text;--> statement-breakpoint
ALTER TABLE "deployments" ADD COLUMN "reach" bigint;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "commits_listed" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "awaited_deployment" ON "awaited" USING btree ("service_id","id","source");--> statement-breakpoint
CREATE INDEX "changes_key" ON "changes" USING btree ("service_id","key");--> statement-breakpoint
CREATE INDEX "deployments_identity" ON "deployments" USING btree ("service_id","identity") WHERE identity is not null;--> statement-breakpoint
CREATE INDEX "deployments_reach" ON "deployments" USING btree ("service_id","reach") WHERE reach is not null;--> statement-breakpoint
CREATE INDEX "facts_repository" ON "facts" USING btree ("repository_id","kind","service_id");--> statement-breakpoint
UPDATE "repositories" r SET "commits_listed" = true WHERE EXISTS (SELECT 1 FROM "facts" f WHERE f.repository_id = r.id AND f.kind = 'change' AND f.body LIKE '%"commits":["%');
