CREATE TABLE "changes" (
	"service_id" integer NOT NULL,
	"deployment_n" integer NOT NULL,
	"position" integer NOT NULL,
	"repository" text NOT NULL,
	"key" text NOT NULL,
	"title" text NOT NULL,
	"url" text,
	"commit" text,
	"environment" text NOT NULL,
	"tier" text,
	"deployed_at" bigint,
	"started_at" bigint NOT NULL,
	"merged_at" bigint NOT NULL,
	"basis" text NOT NULL,
	"exclusion" text,
	"first_in_tier" boolean NOT NULL,
	"commits" integer NOT NULL,
	"stages" text,
	CONSTRAINT "changes_service_id_deployment_n_position_pk" PRIMARY KEY("service_id","deployment_n","position")
);
--> statement-breakpoint
CREATE TABLE "commits" (
	"repository_id" integer NOT NULL,
	"n" integer NOT NULL,
	"sha" "bytea" NOT NULL,
	"parents" "bytea" NOT NULL,
	"authored_at" bigint NOT NULL,
	"committed_at" bigint NOT NULL,
	"author" text,
	"subject" text NOT NULL,
	"notes" text,
	"source" text NOT NULL,
	"external_id" text,
	"updated_at" bigint,
	"withdrawn" boolean DEFAULT false NOT NULL,
	CONSTRAINT "commits_repository_id_n_pk" PRIMARY KEY("repository_id","n")
);
--> statement-breakpoint
CREATE TABLE "deployments" (
	"service_id" integer NOT NULL,
	"n" serial NOT NULL,
	"source" text NOT NULL,
	"id" text NOT NULL,
	"environment" text NOT NULL,
	"tier" text,
	"at" bigint,
	"digest" text NOT NULL,
	"carried_digest" text DEFAULT '' NOT NULL,
	"body" text NOT NULL,
	CONSTRAINT "deployments_service_id_n_pk" PRIMARY KEY("service_id","n")
);
--> statement-breakpoint
CREATE TABLE "fact_names" (
	"name" text collate "C" NOT NULL,
	"kind" text NOT NULL,
	"source" text NOT NULL,
	"id" text NOT NULL,
	CONSTRAINT "fact_names_kind_name_source_id_pk" PRIMARY KEY("kind","name","source","id")
);
--> statement-breakpoint
CREATE TABLE "facts" (
	"kind" text NOT NULL,
	"source" text NOT NULL,
	"id" text NOT NULL,
	"service_name" text,
	"service_id" integer,
	"repository_id" integer,
	"updated_at" bigint,
	"rank" smallint DEFAULT 0 NOT NULL,
	"body" text,
	"withdrawn" boolean DEFAULT false NOT NULL,
	"withdrawn_through" bigint,
	"written_at" bigint NOT NULL,
	CONSTRAINT "facts_kind_source_id_pk" PRIMARY KEY("kind","source","id")
);
--> statement-breakpoint
CREATE TABLE "identities" (
	"source" text NOT NULL,
	"name" text NOT NULL,
	"service_id" integer NOT NULL,
	CONSTRAINT "identities_source_name_pk" PRIMARY KEY("source","name")
);
--> statement-breakpoint
CREATE TABLE "incidents" (
	"service_id" integer NOT NULL,
	"source" text NOT NULL,
	"id" text NOT NULL,
	"opened_at" bigint NOT NULL,
	"digest" text NOT NULL,
	"body" text NOT NULL,
	CONSTRAINT "incidents_service_id_source_id_pk" PRIMARY KEY("service_id","source","id")
);
--> statement-breakpoint
CREATE TABLE "meta" (
	"id" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"salt" text NOT NULL,
	"revision" bigint DEFAULT 0 NOT NULL,
	"as_of" bigint
);
--> statement-breakpoint
CREATE TABLE "reports" (
	"id" text NOT NULL,
	"revision" integer NOT NULL,
	"scope" text NOT NULL,
	"week" text NOT NULL,
	"made_at" bigint NOT NULL,
	"snapshot" text NOT NULL,
	CONSTRAINT "reports_id_revision_pk" PRIMARY KEY("id","revision")
);
--> statement-breakpoint
CREATE TABLE "repositories" (
	"id" serial PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"head_branch" text,
	"head_sha" text,
	"size" integer DEFAULT 0 NOT NULL,
	"generation" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "repositories_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"id" serial PRIMARY KEY NOT NULL,
	"source" text NOT NULL,
	"started_at" bigint NOT NULL,
	"finished_at" bigint,
	"outcome" text NOT NULL,
	"counts" text NOT NULL,
	"error" text,
	"notes" text NOT NULL,
	"progress" text
);
--> statement-breakpoint
CREATE TABLE "services" (
	"id" serial PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"changed_at" bigint,
	"signals" text DEFAULT '[]' NOT NULL,
	"repositories" text DEFAULT '[]' NOT NULL,
	"feeds" text DEFAULT '[]' NOT NULL,
	"waiting_digest" text DEFAULT '' NOT NULL,
	CONSTRAINT "services_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "sources" (
	"id" text PRIMARY KEY NOT NULL,
	"pushed" boolean DEFAULT false NOT NULL,
	"cursor" text,
	"covered_from" bigint,
	"last_success_at" bigint,
	"last_error" text
);
--> statement-breakpoint
CREATE TABLE "verdicts" (
	"n" serial PRIMARY KEY NOT NULL,
	"source" text NOT NULL,
	"id" text NOT NULL,
	"verdict" text NOT NULL,
	"by" text NOT NULL,
	"at" bigint NOT NULL,
	"note" text,
	"recovered_at" bigint
);
--> statement-breakpoint
CREATE INDEX "changes_deployed" ON "changes" USING btree ("service_id","deployed_at") WHERE deployed_at is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "commits_sha" ON "commits" USING btree ("sha","repository_id");--> statement-breakpoint
CREATE UNIQUE INDEX "deployments_ref" ON "deployments" USING btree ("service_id","source","id");--> statement-breakpoint
CREATE INDEX "deployments_at" ON "deployments" USING btree ("service_id","at");--> statement-breakpoint
CREATE INDEX "fact_names_fact" ON "fact_names" USING btree ("id","source");--> statement-breakpoint
CREATE INDEX "facts_service" ON "facts" USING btree ("service_id","kind");--> statement-breakpoint
CREATE INDEX "facts_repository" ON "facts" USING btree ("repository_id","kind");--> statement-breakpoint
CREATE INDEX "incidents_opened" ON "incidents" USING btree ("service_id","opened_at");--> statement-breakpoint
CREATE UNIQUE INDEX "reports_scope" ON "reports" USING btree ("scope","week","revision");--> statement-breakpoint
CREATE INDEX "runs_source" ON "runs" USING btree ("source","id");--> statement-breakpoint
CREATE INDEX "verdicts_deployment" ON "verdicts" USING btree ("source","id");