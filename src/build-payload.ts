import { unknownName, type NamesOf } from "./domain/known-names.ts";
import { buildPayload as buildDomainPayload, type PayloadParts, type WebhookPayload } from "./domain/message/index.ts";

export type BuildPayloadParts = Omit<PayloadParts, "timestamp"> & {
  /** ISO 8601; the present time, if not given. */
  readonly timestamp?: string | undefined;
};

const names: NamesOf<BuildPayloadParts> = {
  event: true,
  memoryId: true,
  userId: true,
  snapshot: true,
  previousState: true,
  extra: true,
  timestamp: true,
};

/**
 * Builds the payload of a memory event, as the seed's `build_payload` does: `event`, `memory_id`, `user_id`,
 * `timestamp`, then `snapshot` and `previous_state` where given, then the fields of `extra`, which win. Throws a
 * `TypeError` for a part that there is not, as the seed does; what else is to go into the payload belongs in `extra`.
 */
export function buildPayload(given: BuildPayloadParts): WebhookPayload {
  const unknown = unknownName(given, names);
  if (unknown !== null) throw new TypeError(unknown.message);
  const { timestamp = new Date().toISOString(), ...parts } = given;
  return buildDomainPayload({ ...parts, timestamp });
}
