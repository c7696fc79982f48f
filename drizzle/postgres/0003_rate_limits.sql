ALTER TABLE "webhook_health" ADD COLUMN "rate_limit_per_second" double precision;--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "rate_limit_per_second" double precision;