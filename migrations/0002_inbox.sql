CREATE TABLE "inbox" (
	"n" serial PRIMARY KEY NOT NULL,
	"source" text NOT NULL,
	"key" text NOT NULL,
	"received_at" bigint NOT NULL,
	"headers" text NOT NULL,
	"body" "bytea",
	"size" integer NOT NULL,
	"attempts" smallint DEFAULT 0 NOT NULL,
	"next_attempt_at" bigint,
	"done_at" bigint,
	"error" text
);
--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "paused" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "inbox_key" ON "inbox" USING btree ("source","key");--> statement-breakpoint
CREATE INDEX "inbox_source" ON "inbox" USING btree ("source","n");--> statement-breakpoint
CREATE INDEX "inbox_open" ON "inbox" USING btree ("source","attempts","n") WHERE done_at is null;