import type { CancellationReason } from "../delivery/index.ts";
import type { RetryConfig } from "../retry/index.ts";
import { signingSchemes, type SigningScheme } from "../signing/scheme.ts";
import type { DeactivationReason, HeaderReference, KeyPairReference } from "../webhook/index.ts";
import { absentOr, arrayOf, isNumber, isString, nullOr, oneOf, shape, type Guard } from "../guards.ts";

// The values that appear both in events and in the rows derived from them, so that one rule reads both back.

export const isDeactivationReason: Guard<DeactivationReason> = oneOf("operator", "failing", "gone");

export const isCancellationReason: Guard<CancellationReason> = oneOf(
  "operator",
  "webhook-deleted",
  "webhook-deactivated",
  "message-missing",
  "message-erased",
);

export const isHeaderReference: Guard<HeaderReference | null> = nullOr(
  shape({ headersId: isString, names: arrayOf(isString) }),
);

export const isSchemes: Guard<readonly SigningScheme[]> = arrayOf(oneOf(...signingSchemes));

export const isKeyPairReference: Guard<KeyPairReference> = shape({ keyPairId: isString, publicKey: isString });

/** Above 0: by any other number workers could not tell when the next request may begin. */
export const isRateLimit: Guard<number | null> = nullOr(
  (value): value is number => typeof value === "number" && isNumber(value) && value > 0,
);

export const isRetryConfig: Guard<RetryConfig> = shape<RetryConfig>({
  maxRetries: isNumber,
  baseDelaySeconds: isNumber,
  maxDelaySeconds: isNumber,
  backoffMultiplier: isNumber,
  jitterFraction: absentOr(isNumber),
  scheduleSeconds: absentOr(arrayOf(isNumber)),
  maxRetryAfterSeconds: absentOr(isNumber),
  deactivateAfterSeconds: absentOr(nullOr(isNumber)),
});
