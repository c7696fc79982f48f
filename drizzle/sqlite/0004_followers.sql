ALTER TABLE `hookledger_checkpoints` ADD `lease_owner` text;--> statement-breakpoint
ALTER TABLE `hookledger_checkpoints` ADD `lease_expires_at` integer;