import { err, errAsync, ok, okAsync, ResultAsync, type Result } from "neverthrow";
import type { PayloadSchema, SchemaIssue, SchemaVerdict } from "../../domain/message/index.ts";
import type { Dependencies } from "../dependencies.ts";

/** The payload does not fit the schema of its event type. */
export interface InvalidPayload {
  readonly type: "InvalidPayload";
  readonly event: string;
  /** What the schema says, each with the path of the value: `$.items[0].price`. */
  readonly issues: readonly { readonly path: string; readonly message: string }[];
  readonly message: string;
  /** Where the schema itself failed: what it threw. */
  readonly cause?: unknown;
}

/** What the schema of `event` makes of `payload`: this is what is sent. Without a schema, the payload as it is. */
export function fitPayload(
  { catalogue }: Pick<Dependencies, "catalogue">,
  event: string,
  payload: unknown,
): ResultAsync<unknown, InvalidPayload> {
  const schema = catalogue[event];
  if (schema === null || schema === undefined) return okAsync(payload);
  return validate(schema, payload)
    .orElse((cause) => {
      const message = `the schema of ${event} threw instead of validating`;
      return errAsync<never, InvalidPayload>({ type: "InvalidPayload", event, issues: [], message, cause });
    })
    .andThen((result) => verdict(event, result));
}

function validate(schema: PayloadSchema, payload: unknown): ResultAsync<SchemaVerdict, unknown> {
  return ResultAsync.fromPromise(
    Promise.resolve().then(() => schema["~standard"].validate(payload)),
    (thrown) => thrown,
  );
}

function verdict(event: string, result: SchemaVerdict): Result<unknown, InvalidPayload> {
  if (!isObject(result)) {
    const message = `the schema of ${event} is no Standard Schema: it answered something else than an object`;
    return err({ type: "InvalidPayload", event, issues: [], message });
  }
  if (result.issues === undefined) return ok(result.value);
  const issues = result.issues.map((issue) => ({ path: pathOf(issue), message: issue.message }));
  const [first = { path: "$", message: "no reason given" }] = issues;
  const more = issues.length > 1 ? `, and ${issues.length - 1} more` : "";
  const message = `the payload does not fit ${event}: ${first.path}: ${first.message}${more}`;
  return err({ type: "InvalidPayload", event, issues, message });
}

/** A validator in JavaScript may answer anything. */
function isObject(result: unknown): boolean {
  return typeof result === "object" && result !== null;
}

function pathOf({ path = [] }: SchemaIssue): string {
  const keys = path.map((segment) => (typeof segment === "object" ? segment.key : segment));
  return `$${keys.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("")}`;
}
