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
DROP INDEX "changes_deployed";--> statement-breakpoint
DROP INDEX "facts_repository";--> statement-breakpoint
ALTER TABLE "changes" ADD COLUMN "files_unknown" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "commits" ADD COLUMN "paths" text;--> statement-breakpoint
ALTER TABLE "deployments" ADD COLUMN "identity" text;--> statement-breakpoint
ALTER TABLE "deployments" ADD COLUMN "reach" bigint;--> statement-breakpoint
ALTER TABLE "deployments" ADD COLUMN "apart" text;--> statement-breakpoint
ALTER TABLE "deployments" ADD COLUMN "judgeable" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "deployments" ADD COLUMN "settled" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "deployments" ADD COLUMN "failed" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "deployments" ADD COLUMN "began_at" bigint;--> statement-breakpoint
ALTER TABLE "deployments" ADD COLUMN "recovered_at" bigint;--> statement-breakpoint
ALTER TABLE "deployments" ADD COLUMN "size" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "deployments" ADD COLUMN "longest" bigint;--> statement-breakpoint
ALTER TABLE "deployments" ADD COLUMN "longest_left_out" bigint;--> statement-breakpoint
ALTER TABLE "deployments" ADD COLUMN "left_out" smallint DEFAULT 0 NOT NULL;--> statement-breakpoint
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
CREATE INDEX "changes_waiting" ON "changes" USING btree ("merged_at","service_id","position") WHERE deployment_n = 0;--> statement-breakpoint
CREATE INDEX "deployments_identity" ON "deployments" USING btree ("service_id","identity") WHERE identity is not null;--> statement-breakpoint
CREATE INDEX "deployments_reach" ON "deployments" USING btree ("service_id","reach") WHERE reach is not null;--> statement-breakpoint
CREATE INDEX "deployments_time" ON "deployments" USING btree ("tier","at","n","service_id");--> statement-breakpoint
CREATE INDEX "deployments_size" ON "deployments" USING btree ("tier","size","at","n","service_id");--> statement-breakpoint
CREATE INDEX "deployments_apart" ON "deployments" USING btree ("tier","at","n","service_id","apart","judgeable") WHERE apart is not null;--> statement-breakpoint
CREATE INDEX "deployments_bare" ON "deployments" USING btree ("tier","at","n","service_id") WHERE apart is null and size = 0;--> statement-breakpoint
CREATE INDEX "deployments_failed" ON "deployments" USING btree ("tier","at","n","service_id") WHERE failed;--> statement-breakpoint
CREATE INDEX "deployments_longest" ON "deployments" USING btree ("tier","longest","at","n","service_id") WHERE longest is not null;--> statement-breakpoint
CREATE INDEX "deployments_left_out" ON "deployments" USING btree ("tier","at","n","service_id","left_out") WHERE left_out <> 0;--> statement-breakpoint
CREATE INDEX "deployments_longest_left_out" ON "deployments" USING btree ("tier","longest_left_out","at","n","service_id","left_out") WHERE left_out <> 0;--> statement-breakpoint
CREATE INDEX "incidents_time" ON "incidents" USING btree ("opened_at","service_id");--> statement-breakpoint
CREATE INDEX "incidents_shared" ON "incidents" USING btree ("opened_at","service_id") WHERE is_shared;--> statement-breakpoint
CREATE INDEX "facts_repository" ON "facts" USING btree ("repository_id","kind","service_id");