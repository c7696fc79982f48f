CREATE TABLE `hookledger_checkpoints` (
	`name` text PRIMARY KEY NOT NULL,
	`position` integer NOT NULL,
	`updated_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `hookledger_deliveries` (
	`delivery_id` text PRIMARY KEY NOT NULL,
	`message_id` text NOT NULL,
	`webhook_id` text NOT NULL,
	`tenant_id` text NOT NULL,
	`event_type` text NOT NULL,
	`state` text NOT NULL,
	`attempts` integer NOT NULL,
	`attempts_before_round` integer NOT NULL,
	`next_attempt_at` integer,
	`cancellation_reason` text,
	`version` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`lease_owner` text,
	`lease_expires_at` integer
) STRICT;
--> statement-breakpoint
CREATE INDEX `hookledger_deliveries_due` ON `hookledger_deliveries` (`next_attempt_at`,`delivery_id`) WHERE "hookledger_deliveries"."state" = 'pending';--> statement-breakpoint
CREATE INDEX `hookledger_deliveries_webhook` ON `hookledger_deliveries` (`webhook_id`,`delivery_id`);--> statement-breakpoint
CREATE INDEX `hookledger_deliveries_message` ON `hookledger_deliveries` (`message_id`,`delivery_id`);--> statement-breakpoint
CREATE TABLE `hookledger_events` (
	`position` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`stream_id` text NOT NULL,
	`version` integer NOT NULL,
	`type` text NOT NULL,
	`data` text NOT NULL,
	`metadata` text NOT NULL,
	`recorded_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `hookledger_events_stream` ON `hookledger_events` (`stream_id`,`version`);--> statement-breakpoint
CREATE TABLE `hookledger_messages` (
	`message_id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`event_type` text NOT NULL,
	`body` text NOT NULL,
	`idempotency_key` text,
	`created_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `hookledger_messages_idempotency` ON `hookledger_messages` (`tenant_id`,`idempotency_key`) WHERE "hookledger_messages"."idempotency_key" is not null;--> statement-breakpoint
CREATE TABLE `hookledger_responses` (
	`delivery_id` text NOT NULL,
	`attempt` integer NOT NULL,
	`excerpt` text NOT NULL,
	PRIMARY KEY(`delivery_id`, `attempt`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `hookledger_webhook_secrets` (
	`secret_id` text PRIMARY KEY NOT NULL,
	`webhook_id` text NOT NULL,
	`kind` text NOT NULL,
	`value` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer
) STRICT;
--> statement-breakpoint
CREATE INDEX `hookledger_webhook_secrets_webhook` ON `hookledger_webhook_secrets` (`webhook_id`);--> statement-breakpoint
CREATE TABLE `hookledger_webhooks` (
	`webhook_id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`url` text NOT NULL,
	`events` text NOT NULL,
	`active` integer NOT NULL,
	`deactivation_reason` text,
	`retry_config` text NOT NULL,
	`headers` text,
	`secret_id` text NOT NULL,
	`version` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`registered_position` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `hookledger_webhooks_tenant` ON `hookledger_webhooks` (`tenant_id`,`registered_position`);
