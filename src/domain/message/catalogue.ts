import type { StandardSchemaV1 } from "@standard-schema/spec";
import { err, ok, type Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../invalid-input.ts";
import { ALL_EVENTS, groupIn } from "../webhook/subscription.ts";
import { isEventTypeName, unknownEventType, WebhookEventType, type UnknownEventType } from "./event-type.ts";

/** A schema of any Standard Schema validator. */
export type PayloadSchema = StandardSchemaV1;
export type SchemaVerdict = StandardSchemaV1.Result<unknown>;
export type SchemaIssue = StandardSchemaV1.Issue;

/** The event types of an application, each with the schema of its payload; null where any JSON will do. */
export type EventCatalogue = Readonly<Record<string, PayloadSchema | null>>;

/** The payload that `publish` takes for the event type `Name`: what its schema takes in. */
export type PayloadOf<
  Catalogue extends EventCatalogue,
  Name extends keyof Catalogue,
> = Catalogue[Name] extends StandardSchemaV1 ? StandardSchemaV1.InferInput<Catalogue[Name]> : object;

export type EventTypeOf<Catalogue extends EventCatalogue> = keyof Catalogue & string;

/** What a webhook can subscribe to: an event type, all of a group's, as `order.*` or `order.refund.*`, or all, `*`. */
export type SubscriptionOf<Catalogue extends EventCatalogue> =
  EventTypeOf<Catalogue> | `${GroupOf<EventTypeOf<Catalogue>>}.*` | "*";

type GroupOf<Name extends string> = Name extends `${infer First}.${infer Rest}`
  ? First | `${First}.${GroupOf<Rest>}`
  : never;

/**
 * Declares an application's event types: `defineEvents({ "order.paid": schema })`, with a schema of any
 * Standard Schema validator (zod, valibot, arktype). What the schema gives back is what is sent.
 *
 * The names are checked by `openHookledger`.
 */
export function defineEvents<const Catalogue extends EventCatalogue>(catalogue: Catalogue): Catalogue {
  return catalogue;
}

/** The seed's catalogue: six events, any payload. */
export const memoryEvents: Readonly<Record<WebhookEventType, null>> = defineEvents({
  [WebhookEventType.REMEMBERED]: null,
  [WebhookEventType.UPDATED]: null,
  [WebhookEventType.FORGOTTEN]: null,
  [WebhookEventType.DELETED]: null,
  [WebhookEventType.CONFLICT]: null,
  [WebhookEventType.CONSOLIDATED]: null,
});

const namingRule =
  "must be named with words of letters, digits, _ and -, joined by dots, of 200 characters at the most";

/** Every name has an event type's form, and every schema is one. */
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

/** By its form: what a program in JavaScript passes may be anything. arktype's schemas are functions. */
function isStandardSchema(schema: unknown): boolean {
  const standard = read(schema, "~standard");
  return typeof read(standard, "validate") === "function";
}

function read(value: unknown, name: string): unknown {
  const readable = (typeof value === "object" && value !== null) || typeof value === "function";
  return readable ? Reflect.get(value, name) : undefined;
}

/** Each of `events` is in the catalogue, is a group that has something in it, or is all. */
export function checkSubscriptions(
  events: unknown,
  catalogue: EventCatalogue,
): Result<readonly string[], InvalidInput | UnknownEventType> {
  if (!Array.isArray(events)) return err(invalidInput("events", "must be an array of event types", events));
  const names: string[] = [];
  for (const [index, event] of events.entries()) {
    const checked = isPattern(event, catalogue) ? ok(event) : checkEventType(event, catalogue, `events[${index}]`);
    if (checked.isErr()) return err(checked.error);
    names.push(checked.value);
  }
  return ok(names);
}

function isPattern(event: unknown, catalogue: EventCatalogue): event is string {
  const group = typeof event === "string" ? groupIn(event) : null;
  return event === ALL_EVENTS || (group !== null && Object.keys(catalogue).some((name) => name.startsWith(group)));
}

export function checkEventType(
  event: unknown,
  catalogue: EventCatalogue,
  field = "event",
): Result<string, InvalidInput | UnknownEventType> {
  if (typeof event !== "string") return err(invalidInput(field, "must be the name of an event type", event));
  return Object.hasOwn(catalogue, event) ? ok(event) : err(unknownEventType(event, Object.keys(catalogue), field));
}
