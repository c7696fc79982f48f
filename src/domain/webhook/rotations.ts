import { ok } from "neverthrow";
import { toIso, type EpochMs, type IsoInstant } from "../instant.ts";
import type { RotateKeyPair, RotateSecret } from "./commands.ts";
import { alreadySo, type Decision } from "./decision.ts";
import type { KeyPairReference } from "./events.ts";
import { checkOverlap, overlapEnd } from "./rules.ts";
import type { RegisteredWebhook } from "./state.ts";

export function rotateSecret(
  { secretId, overlapSeconds, now }: RotateSecret["data"],
  state: RegisteredWebhook,
): Decision {
  if (secretId === state.secretId) return alreadySo;
  return checkOverlap(overlapSeconds).map((seconds) => [
    { type: "WebhookSecretRotated", data: { secretId, overlapUntil: overlapUntil(seconds, now) } },
  ]);
}

export function rotateKeyPair(
  { keyPair, overlapSeconds, now }: RotateKeyPair["data"],
  state: RegisteredWebhook,
): Decision {
  if (keyPair.keyPairId === state.keyPair?.keyPairId) return alreadySo;
  return checkOverlap(overlapSeconds).andThen((seconds) =>
    keyPairChanged(keyPair, state.keyPair === null ? null : overlapUntil(seconds, now)),
  );
}

export function keyPairChanged(keyPair: KeyPairReference, overlapUntil: IsoInstant | null): Decision {
  return ok([{ type: "WebhookKeyPairRotated", data: { keyPair, overlapUntil } }]);
}

function overlapUntil(seconds: number, now: EpochMs): IsoInstant | null {
  return seconds === 0 ? null : toIso(overlapEnd(now, seconds));
}
