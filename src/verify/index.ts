export type { ReceivedHeaders } from "./headers.ts";
export { createReplayGuard, type ReplayGuard, type ReplayGuardOptions } from "./replay-guard.ts";
export type {
  RefusedWebhook,
  Verification,
  VerifiedBody,
  VerifiedMessage,
  VerifyFailure,
  VerifyScheme,
} from "./verification.ts";
export { verifyWebhook, type VerifyInput } from "./verify-webhook.ts";
