ALTER TABLE "changes" ADD COLUMN "files_unknown" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "commits" ADD COLUMN "paths" text;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "listings" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "services" ADD COLUMN "sharing" text DEFAULT '' NOT NULL;