DROP INDEX "changes_deployed";--> statement-breakpoint
DROP INDEX "incidents_shared";--> statement-breakpoint
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
CREATE INDEX "changes_waiting" ON "changes" USING btree ("merged_at","service_id","position") WHERE deployment_n = 0;--> statement-breakpoint
CREATE INDEX "deployments_time" ON "deployments" USING btree ("tier","at","n","service_id");--> statement-breakpoint
CREATE INDEX "deployments_size" ON "deployments" USING btree ("tier","size","at","n","service_id");--> statement-breakpoint
CREATE INDEX "deployments_apart" ON "deployments" USING btree ("tier","at","n","service_id","apart","judgeable") WHERE apart is not null;--> statement-breakpoint
CREATE INDEX "deployments_bare" ON "deployments" USING btree ("tier","at","n","service_id") WHERE apart is null and size = 0;--> statement-breakpoint
CREATE INDEX "deployments_failed" ON "deployments" USING btree ("tier","at","n","service_id") WHERE failed;--> statement-breakpoint
CREATE INDEX "deployments_longest" ON "deployments" USING btree ("tier","longest","at","n","service_id") WHERE longest is not null;--> statement-breakpoint
CREATE INDEX "deployments_left_out" ON "deployments" USING btree ("tier","at","n","service_id","left_out") WHERE left_out <> 0;--> statement-breakpoint
CREATE INDEX "deployments_longest_left_out" ON "deployments" USING btree ("tier","longest_left_out","at","n","service_id","left_out") WHERE left_out <> 0;--> statement-breakpoint
CREATE INDEX "incidents_time" ON "incidents" USING btree ("opened_at","service_id");--> statement-breakpoint
CREATE INDEX "incidents_shared" ON "incidents" USING btree ("opened_at","service_id") WHERE is_shared;