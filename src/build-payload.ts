import { unknownName, type NamesOf } from "./domain/known-names.ts";
import { buildPayload as buildDomainPayload, type PayloadParts, type WebhookPayload } from "./domain/message/index.ts";

export type BuildPayloadParts = Omit<PayloadParts, "timestamp"> & {
  /** ISO 8601; the present time by default. */
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
 * Builds the payload of a memory event, as kemi's `build_payload` does: `event`, `memory_id`, `user_id`,
 * `timestamp`, then `snapshot` and `previous_state` if given, then the fields of `extra`, which override the others.
 * Throws a `TypeError` for an unknown part, as kemi does; put your own fields into `extra`.
 */
export function buildPayload(given: BuildPayloadParts): WebhookPayload {
  const unknown = unknownName(given, names);
  if (unknown !== null) throw new TypeError(unknown.message);
  const { timestamp = new Date().toISOString(), ...parts } = given;
  return buildDomainPayload({ ...parts, timestamp });
}
