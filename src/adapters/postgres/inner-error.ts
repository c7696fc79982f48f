import { member } from "../sql/member.ts";

/** The error, what caused it, and the like: several where a host has several addresses. */
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

/** The error behind an error, wherever the library that ran the statement keeps it; null where there is none. */
function innerError(error: Error): Error | null {
  const meta = member(error, "meta");
  const inner = member(error, "cause") ?? member(error, "driverError") ?? member(meta, "driverAdapterError") ?? meta;
  return inner instanceof Error ? inner : byPrisma(inner);
}

/** Prisma tells of the driver's error by an object of its own: of an adapter's by one, of its engine's by another. */
function byPrisma(inner: unknown): Error | null {
  const code = member(inner, "originalCode") ?? member(inner, "code");
  const message = member(inner, "originalMessage") ?? member(inner, "message");
  if (typeof code !== "string" || typeof message !== "string") return null;
  const constraint = member(member(inner, "constraint"), "index");
  return Object.assign(new Error(message), { code, constraint, severity: "ERROR" });
}
