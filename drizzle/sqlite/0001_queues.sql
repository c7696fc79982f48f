CREATE TABLE `hookledger_counters` (
	`name` text PRIMARY KEY NOT NULL,
	`value` integer NOT NULL
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `hookledger_counters` (`name`, `value`) VALUES ('webhooks', 0);
--> statement-breakpoint
CREATE TABLE `hookledger_queues` (
	`webhook_id` text PRIMARY KEY NOT NULL,
	`turn_at` integer,
	`paused_until` integer NOT NULL,
	`failing_since` integer
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `hookledger_queues` (`webhook_id`, `turn_at`, `paused_until`)
SELECT `webhook_id`, min(`next_attempt_at`), 0 FROM `hookledger_deliveries` WHERE `state` = 'pending' GROUP BY `webhook_id`;
--> statement-breakpoint
CREATE INDEX `hookledger_queues_turn` ON `hookledger_queues` (`turn_at`,`webhook_id`) WHERE "hookledger_queues"."turn_at" is not null;--> statement-breakpoint
CREATE TABLE `hookledger_deliveries_clustered` (
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
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `hookledger_deliveries_clustered` SELECT * FROM `hookledger_deliveries` ORDER BY `delivery_id`;--> statement-breakpoint
DROP TABLE `hookledger_deliveries`;--> statement-breakpoint
ALTER TABLE `hookledger_deliveries_clustered` RENAME TO `hookledger_deliveries`;--> statement-breakpoint
CREATE INDEX `hookledger_deliveries_due` ON `hookledger_deliveries` (`webhook_id`,`next_attempt_at`,`delivery_id`) WHERE "hookledger_deliveries"."state" = 'pending';--> statement-breakpoint
CREATE INDEX `hookledger_deliveries_ended` ON `hookledger_deliveries` (`state`,`delivery_id`) WHERE "hookledger_deliveries"."state" = 'exhausted' or "hookledger_deliveries"."state" = 'cancelled';--> statement-breakpoint
CREATE INDEX `hookledger_deliveries_webhook` ON `hookledger_deliveries` (`webhook_id`,`delivery_id`);--> statement-breakpoint
CREATE INDEX `hookledger_deliveries_message` ON `hookledger_deliveries` (`message_id`,`delivery_id`);--> statement-breakpoint
ALTER TABLE `hookledger_messages` ADD `subject` text;--> statement-breakpoint
ALTER TABLE `hookledger_messages` ADD `erased_at` integer;--> statement-breakpoint
CREATE INDEX `hookledger_messages_subject` ON `hookledger_messages` (`tenant_id`,`subject`,`message_id`) WHERE "hookledger_messages"."subject" is not null;
