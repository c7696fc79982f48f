import type { StandardSchemaV1 } from "@standard-schema/spec";
import { err, ok, type Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../invalid-input.ts";
import { ALL_EVENTS, groupIn } from "../webhook/subscription.ts";
import { isEventTypeName, unknownEventType, WebhookEventType, type UnknownEventType } from "./event-type.ts";

/** A schema made with any Standard Schema validator. */
export type PayloadSchema = StandardSchemaV1;
export type SchemaVerdict = StandardSchemaV1.Result<unknown>;
export type SchemaIssue = StandardSchemaV1.Issue;

/** An application's event types, each with the schema of its payload; null if any JSON is allowed. */
export type EventCatalogue = Readonly<Record<string, PayloadSchema | null>>;

/** The payload that `publish` takes for the event type `Name`: the input type of its schema. */
export type PayloadOf<
  Catalogue extends EventCatalogue,
  Name extends keyof Catalogue,
> = Catalogue[Name] extends StandardSchemaV1 ? StandardSchemaV1.InferInput<Catalogue[Name]> : object;

export type EventTypeOf<Catalogue extends EventCatalogue> = keyof Catalogue & string;

/** What a webhook can subscribe to: an event type, a whole group (`order.*`, `order.refund.*`), or everything (`*`). */
export type SubscriptionOf<Catalogue extends EventCatalogue> =
  EventTypeOf<Catalogue> | `${GroupOf<EventTypeOf<Catalogue>>}.*` | "*";

type GroupOf<Name extends string> = Name extends `${infer First}.${infer Rest}`
  ? First | `${First}.${GroupOf<Rest>}`
  : never;

/**
 * Declares an application's event types: `defineEvents({ "order.paid": schema })`, with a schema of any Standard Schema
 * validator (zod, valibot, arktype). hookledger sends the schema's output.
 *
 * `openHookledger` checks the names.
 */
export function defineEvents<const Catalogue extends EventCatalogue>(catalogue: Catalogue): Catalogue {
  return catalogue;
}

/** Kemi's catalogue: six events, any payload. */
export const memoryEvents: Readonly<Record<WebhookEventType, null>> = defineEvents({
  [WebhookEventType.REMEMBERED]: null,
  [WebhookEventType.UPDATED]: null,
  [WebhookEventType.FORGOTTEN]: null,
  [WebhookEventType.DELETED]: null,
  [WebhookEventType.CONFLICT]: null,
  [WebhookEventType.CONSOLIDATED]: null,
});

const namingRule =
  "must be named with words of letters, digits, _ and -, joined by dots, at most 200 characters in all";

/** Checks that every name has the form of an event type, and that every schema is one. */
export function checkCatalogue(catalogue: EventCatalogue): Result<EventCatalogue, InvalidInput> {
  for (const [name, schema] of Object.entries(catalogue)) {
    const field = `events[${JSON.stringify(name)}]`;
    if (!isEventTypeName(name)) return err(invalidInput(field, namingRule, name));
    if (schema !== null && !isStandardSchema(schema)) {
      return err(invalidInput(field, "must be a Standard Schema, or null for any JSON", schema));
    }
  }
  return ok(catalogue);
}

/** Recognises a schema by its form, as a JavaScript program may pass anything. arktype's schemas are functions. */
function isStandardSchema(schema: unknown): boolean {
  const standard = read(schema, "~standard");
  return typeof read(standard, "validate") === "function";
}

function read(value: unknown, name: string): unknown {
  const readable = (typeof value === "object" && value !== null) || typeof value === "function";
  return readable ? Reflect.get(value, name) : undefined;
}

/**
 * Checks what a customer has chosen in a request, for `register` and `update`: each must be an event type of the
 * catalogue, a group that contains one, or `*`. `InvalidInput` and `UnknownEventType` name the wrong one, as
 * `events[1]`.
 */
export function parseSubscriptions<Catalogue extends EventCatalogue>(
  catalogue: Catalogue,
  events: unknown,
): Result<readonly SubscriptionOf<Catalogue>[], InvalidInput | UnknownEventType> {
  if (!Array.isArray(events)) return err(invalidInput("events", "must be an array of event types", events));
  const known: SubscriptionOf<Catalogue>[] = [];
  for (const [index, event] of events.entries()) {
    if (!isSubscription(event, catalogue)) return err(noEventType(event, catalogue, `events[${index}]`));
    known.push(event);
  }
  return ok(known);
}

function isSubscription<Catalogue extends EventCatalogue>(
  event: unknown,
  catalogue: Catalogue,
): event is SubscriptionOf<Catalogue> {
  if (typeof event !== "string") return false;
  const group = groupIn(event);
  if (event === ALL_EVENTS || Object.hasOwn(catalogue, event)) return true;
  return group !== null && Object.keys(catalogue).some((name) => name.startsWith(group));
}

export function checkEventType(
  event: unknown,
  catalogue: EventCatalogue,
): Result<string, InvalidInput | UnknownEventType> {
  const isKnown = typeof event === "string" && Object.hasOwn(catalogue, event);
  return isKnown ? ok(event) : err(noEventType(event, catalogue, "event"));
}

function noEventType(event: unknown, catalogue: EventCatalogue, field: string): InvalidInput | UnknownEventType {
  if (typeof event !== "string") return invalidInput(field, "must be the name of an event type", event);
  return unknownEventType(event, Object.keys(catalogue), field);
}
