CREATE TABLE "awaited" (
	"service_id" integer NOT NULL,
	"name" text collate "C" NOT NULL,
	"source" text NOT NULL,
	"id" text NOT NULL,
	CONSTRAINT "awaited_service_id_name_source_id_pk" PRIMARY KEY("service_id","name","source","id")
);
--> statement-breakpoint
CREATE TABLE "blocks" (
	"service_id" integer NOT NULL,
	"tier" text NOT NULL,
	"week" integer NOT NULL,
	"data" "bytea" NOT NULL,
	CONSTRAINT "blocks_service_id_tier_week_pk" PRIMARY KEY("service_id","tier","week")
);
--> statement-breakpoint
CREATE TABLE "overlapping_services" (
	"service_id" integer PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tallies" (
	"scope" text NOT NULL,
	"tier" text NOT NULL,
	"unit" text NOT NULL,
	"period" integer NOT NULL,
	"revision" bigint NOT NULL,
	"main" "bytea" NOT NULL,
	"stages" "bytea" NOT NULL,
	"moments" "bytea" NOT NULL,
	"timeline" "bytea" NOT NULL,
	CONSTRAINT "tallies_scope_tier_unit_period_pk" PRIMARY KEY("scope","tier","unit","period")
);
--> statement-breakpoint
DROP INDEX "facts_repository";--> statement-breakpoint
ALTER TABLE "changes" ADD COLUMN "files_unknown" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "commits" ADD COLUMN "paths" text;--> statement-breakpoint
ALTER TABLE "deployments" ADD COLUMN "identity" text;--> statement-breakpoint
ALTER TABLE "deployments" ADD COLUMN "reach" bigint;--> statement-breakpoint
ALTER TABLE "incidents" ADD COLUMN "ended_at" bigint;--> statement-breakpoint
ALTER TABLE "incidents" ADD COLUMN "is_shared" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "meta" ADD COLUMN "catalogue" text;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "listings" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "commits_listed" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "services" ADD COLUMN "waiting" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "services" ADD COLUMN "waiting_since" bigint;--> statement-breakpoint
ALTER TABLE "services" ADD COLUMN "revision" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "services" ADD COLUMN "sharing" text DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX "awaited_deployment" ON "awaited" USING btree ("service_id","id","source");--> statement-breakpoint
CREATE INDEX "blocks_week" ON "blocks" USING btree ("tier","week");--> statement-breakpoint
CREATE INDEX "tallies_revision" ON "tallies" USING btree ("revision");--> statement-breakpoint
CREATE INDEX "changes_key" ON "changes" USING btree ("service_id","key");--> statement-breakpoint
CREATE INDEX "deployments_identity" ON "deployments" USING btree ("service_id","identity") WHERE identity is not null;--> statement-breakpoint
CREATE INDEX "deployments_reach" ON "deployments" USING btree ("service_id","reach") WHERE reach is not null;--> statement-breakpoint
CREATE INDEX "incidents_shared" ON "incidents" USING btree ("service_id","opened_at") WHERE is_shared;--> statement-breakpoint
CREATE INDEX "facts_repository" ON "facts" USING btree ("repository_id","kind","service_id");