ALTER TABLE `hookledger_webhooks` ADD `schemes` text DEFAULT '["kemi","v1"]' NOT NULL;--> statement-breakpoint
ALTER TABLE `hookledger_webhooks` ADD `key_pair` text;