import { buildPayload as buildDomainPayload, type PayloadParts, type WebhookPayload } from "./domain/message/index.ts";

export type BuildPayloadParts = Omit<PayloadParts, "timestamp"> & {
  /** ISO 8601; the present time, if not given. */
  readonly timestamp?: string | undefined;
};

/**
 * Builds the payload of a memory event, as the seed's `build_payload` does: `event`, `memory_id`, `user_id`,
 * `timestamp`, then `snapshot` and `previous_state` where given, then the fields of `extra`, which win.
 */
export function buildPayload({ timestamp = new Date().toISOString(), ...parts }: BuildPayloadParts): WebhookPayload {
  return buildDomainPayload({ ...parts, timestamp });
}
