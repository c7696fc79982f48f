import { ok, type Result } from "neverthrow";
import type { WebhookRefusal } from "./errors.ts";
import type { WebhookEvent } from "./events.ts";

export type Decision = Result<readonly WebhookEvent[], WebhookRefusal>;

export const alreadySo: Decision = ok([]);
