import { err, ok, Result, ResultAsync } from "neverthrow";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import { isObject } from "../../domain/guards.ts";
import {
  describeThrown,
  formatPath,
  type PayloadSchema,
  type SchemaIssue,
  type SchemaVerdict,
} from "../../domain/message/index.ts";
import type { Dependencies } from "../dependencies.ts";
import { withHidden } from "../with-hidden.ts";

/** The payload does not fit the schema of its event type. */
export interface InvalidPayload {
  readonly type: "InvalidPayload";
  readonly event: string;
  readonly issues: readonly PayloadIssue[];
  readonly message: string;
}

export interface PayloadIssue {
  /** Where the value is, from the root `$`: `$.items[0].price`. */
  readonly path: string;
  /**
   * In the schema's words. They may quote the payload, so the property is readable but not enumerable: logging the
   * error does not show it.
   */
  readonly message: string;
  /** What the schema threw, if it threw. Not enumerable either. */
  readonly cause?: unknown;
}

/** How many paths the error's message names. */
const MOST_PATHS = 5;

/**
 * Returns what the schema of `event` makes of `payload`, which is what is sent: at once if the schema answers at once.
 * Without a schema, returns the payload as it is.
 */
export function fitPayload(
  { catalogue }: Pick<Dependencies, "catalogue">,
  event: string,
  payload: unknown,
): Result<unknown, InvalidPayload> | ResultAsync<unknown, InvalidPayload> {
  const schema = catalogue[event];
  if (schema === null || schema === undefined) return ok(payload);
  const validated = validate(schema, payload);
  if (validated.isErr()) return err(schemaThrew(event, validated.error));
  if (!isPromise(validated.value)) return verdict(event, validated.value);
  return ResultAsync.fromPromise(validated.value, (thrown) => schemaThrew(event, thrown)).andThen((result) =>
    verdict(event, result),
  );
}

/**
 * Does the same as {@link fitPayload} for a caller that cannot wait. `InvalidInput`: the schema answers with a promise.
 */
export function fitPayloadNow(
  deps: Pick<Dependencies, "catalogue">,
  event: string,
  payload: unknown,
): Result<unknown, InvalidPayload | InvalidInput> {
  const fitted = fitPayload(deps, event, payload);
  if (!("then" in fitted)) return fitted;
  // Nobody awaits this promise, and an unhandled rejection would end the process.
  fitted.then(undefined, () => undefined);
  const rule = "must have a schema that validates synchronously: publishSync cannot wait for a promise";
  return err(invalidInput("event", rule, event));
}

const validate = Result.fromThrowable(
  (schema: PayloadSchema, payload: unknown) => schema["~standard"].validate(payload),
  (thrown) => thrown,
);

/** Accepts anything that can be awaited: a validator may have promises of its own. */
function isPromise(answer: SchemaVerdict | Promise<SchemaVerdict>): answer is Promise<SchemaVerdict> {
  return isObject(answer) && "then" in answer;
}

function schemaThrew(event: string, cause: unknown): InvalidPayload {
  const message = `the schema of ${event} threw instead of validating`;
  const issue = withHidden({ path: "$" }, { message: describeThrown(cause), cause });
  return { type: "InvalidPayload", event, issues: [issue], message };
}

function verdict(event: string, result: SchemaVerdict): Result<unknown, InvalidPayload> {
  // A validator in JavaScript may answer anything.
  if (!isObject(result)) return err(notStandard(event, "it did not answer with an object"));
  if (result.issues === undefined) return ok(result.value);
  const read = readIssues(result.issues);
  if (read.isErr()) return err(notStandard(event, "its issues cannot be read"));
  const issues = read.value;
  const paths = issues.slice(0, MOST_PATHS).map(({ path }) => path);
  const more = issues.length > MOST_PATHS ? `, and ${issues.length - MOST_PATHS} more` : "";
  const where =
    paths.length === 0 ? "its schema does not say where" : `see issues for what is wrong at ${paths.join(", ")}${more}`;
  const message = `the payload does not fit ${event}; ${where}`;
  return err({ type: "InvalidPayload", event, issues, message });
}

function notStandard(event: string, why: string): InvalidPayload {
  const message = `the schema of ${event} is not a Standard Schema: ${why}`;
  return { type: "InvalidPayload", event, issues: [], message };
}

const readIssues = Result.fromThrowable(
  (issues: readonly SchemaIssue[]): readonly PayloadIssue[] =>
    issues.map((issue) => withHidden({ path: pathOf(issue) }, { message: issue.message })),
  () => null,
);

function pathOf({ path = [] }: SchemaIssue): string {
  const keys = path.map((segment) => (typeof segment === "object" ? segment.key : segment));
  return formatPath(keys.map((key) => (typeof key === "number" ? key : String(key))));
}
