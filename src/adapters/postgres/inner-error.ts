import { member } from "../sql/member.ts";

/** Yields the error and all its causes. If a host has several addresses, it yields the error of each. */
export function* withCauses(thrown: unknown): Generator<Error> {
  for (let error = thrown instanceof Error ? thrown : null; error !== null; error = innerError(error)) {
    if (error instanceof AggregateError) yield* error.errors.filter((one) => one instanceof Error);
    yield error;
  }
}

export function codeOf(error: Error): string | null {
  return textOf(error, "code");
}

export function textOf(error: Error, name: string): string | null {
  const value: unknown = Reflect.get(error, name);
  return typeof value === "string" ? value : null;
}

/**
 * Returns the error behind an error, wherever the library that ran the statement keeps it, or null if there is none.
 */
function innerError(error: Error): Error | null {
  const meta = member(error, "meta");
  const inner = member(error, "cause") ?? member(error, "driverError") ?? member(meta, "driverAdapterError");
  if (inner instanceof Error) return inner;
  return codeOf(error) === RAW_QUERY_FAILED ? (byAdapter(inner) ?? byEngine(meta)) : byAdapter(inner);
}

/** Prisma's code (its error reference, "Raw query failed"). */
const RAW_QUERY_FAILED = "P2010";

/** Reads the object in which Prisma tells of the driver's error. */
function byAdapter(inner: unknown): Error | null {
  const [code, message] = [member(inner, "originalCode"), member(inner, "originalMessage")];
  if (typeof code !== "string" || typeof message !== "string") return null;
  const constraint = member(member(inner, "constraint"), "index");
  return Object.assign(new Error(message), { code, constraint, severity: "ERROR" });
}

/** Reads the code that Prisma's engine in Rust tells, and not its message, whose details repeat what was in the row. */
function byEngine(meta: unknown): Error | null {
  const code = member(meta, "code");
  return typeof code === "string" ? Object.assign(new Error("a raw query failed"), { code, severity: "ERROR" }) : null;
}
