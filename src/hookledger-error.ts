import type { RedeliverError } from "./application/deliveries/by-hand.ts";
import type { DispatchError } from "./application/messages/dispatch.ts";
import type { ResendError } from "./application/messages/resend.ts";
import type { RegisterError } from "./application/webhooks/register-webhook.ts";
import type { UpdateError } from "./application/webhooks/update-webhook.ts";
import type { LedgerCopyError } from "./copy-ledger.ts";

/**
 * Every error that a call may resolve to, told apart by its `type`: for code that answers all of them in one place, for
 * example with an HTTP status. Each call's own error type lists only what that call may answer; the types joined here
 * cover all of them.
 */
export type HookledgerError =
  DispatchError | ResendError | RedeliverError | RegisterError | UpdateError | LedgerCopyError;
