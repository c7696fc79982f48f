import type { IsoInstant } from "../instant.ts";
import type { WebhookEventType } from "./event-type.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface PayloadParts {
  readonly event: WebhookEventType;
  readonly memoryId: string;
  readonly userId: string;
  /** The memory as it is now. */
  readonly snapshot?: Fields | null | undefined;
  /** The memory before the change; for `memory.updated`. */
  readonly previousState?: Fields | null | undefined;
  /** More fields for the payload. They override those above. */
  readonly extra?: Fields | null | undefined;
  readonly timestamp: IsoInstant;
}

/** The payload as it is sent, under kemi's names. */
export interface WebhookPayload extends Fields {
  readonly event: unknown;
  readonly memory_id: unknown;
  readonly user_id: unknown;
  readonly timestamp: unknown;
}

/** Builds a payload as kemi's `build_payload` does: null and absent parts leave no key behind. */
export function buildPayload(parts: PayloadParts): WebhookPayload {
  const { event, memoryId, userId, snapshot, previousState, extra, timestamp } = parts;
  return {
    event,
    memory_id: memoryId,
    user_id: userId,
    timestamp,
    ...(isPresent(snapshot) && { snapshot }),
    ...(isPresent(previousState) && { previous_state: previousState }),
    ...extra,
  };
}

function isPresent(part: Fields | null | undefined): part is Fields {
  return part !== null && part !== undefined;
}
