export { createReplayGuard, type ReplayGuard, type ReplayGuardOptions } from "./replay-guard.ts";
export {
  verifyWebhook,
  type RefusedWebhook,
  type Verification,
  type VerifiedBody,
  type VerifiedMessage,
  type VerifyFailure,
  type VerifyInput,
  type VerifyScheme,
} from "./verify-webhook.ts";
export type { ReceivedHeaders } from "./headers.ts";
