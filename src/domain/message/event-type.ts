import { err, ok, type Result } from "neverthrow";

/** Kemi's six memory events. */
export const WebhookEventType = {
  REMEMBERED: "memory.remembered",
  UPDATED: "memory.updated",
  /** Soft delete: a transition in the memory's life. */
  FORGOTTEN: "memory.forgotten",
  /** Hard delete. */
  DELETED: "memory.deleted",
  CONFLICT: "memory.conflict",
  CONSOLIDATED: "memory.consolidated",
} as const;

export type WebhookEventType = (typeof WebhookEventType)[keyof typeof WebhookEventType];

/** The event type is not in the catalogue; `known` lists those that are. */
export interface UnknownEventType {
  readonly type: "UnknownEventType";
  /** The field that named it, as the caller wrote it: `event`, `events[1]`. */
  readonly field: string;
  readonly eventType: string;
  readonly known: readonly string[];
  readonly message: string;
}

export function unknownEventType(eventType: string, known: readonly string[], field = "event"): UnknownEventType {
  const message = `Invalid event type '${eventType}'. Valid: ${known.join(", ")}`;
  return { type: "UnknownEventType", field, eventType, known, message };
}

const memoryEventTypes: readonly WebhookEventType[] = Object.values(WebhookEventType);

/**
 * Parses a memory event, as kemi's `WebhookEventType.from_string` does: `UnknownEventType` for anything but the
 * six.
 */
export function parseWebhookEventType(value: string): Result<WebhookEventType, UnknownEventType> {
  const found = memoryEventTypes.find((event) => event === value);
  return found === undefined ? err(unknownEventType(value, memoryEventTypes)) : ok(found);
}

const name = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;

/**
 * Whether the text consists of words of letters, digits, `_` and `-`, joined by dots (Standard Webhooks, "Event
 * types"), and has at most 200 characters.
 */
export function isEventTypeName(text: string): boolean {
  return text.length <= 200 && name.test(text);
}
