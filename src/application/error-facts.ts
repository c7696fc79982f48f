import type { LogFacts } from "../ports/logger.ts";
import type { ExecuteError } from "./execute.ts";

/** The form in which drivers and Node write codes: `57014`, `SQLITE_FULL`, `ECONNRESET`. */
const CODE = /^[0-9A-Z_]{1,40}$/;

/**
 * Returns what the log is told of an error:
 *
 * - of a damaged event, its position and its stream
 * - of a `StorageError`, its reason, and the name and code of its cause
 *
 * No message is logged, neither the error's nor its cause's: a server may repeat in it a value that it could not read,
 * and that value may be a payload or a secret.
 */
export function errorFacts(error: ExecuteError): LogFacts {
  if (error.type === "DamagedEvent") return { error: error.type, position: error.position, streamId: error.streamId };
  if (error.type !== "StorageError") return { error: error.type };
  const { type, reason, cause } = error;
  return { error: type, reason, ...causeFacts(cause) };
}

/** Returns the name and code of an error's cause, if the cause is known. */
export function causeFacts(cause: unknown): LogFacts {
  return cause === undefined ? {} : { cause: nameOf(cause), ...codeOf(cause) };
}

/** Names what was thrown, which may be anything and hold anything. */
export function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : typeof thrown;
}

function codeOf(cause: unknown): { readonly code?: string } {
  if (!(cause instanceof Error && "code" in cause)) return {};
  const { code } = cause;
  return typeof code === "string" && CODE.test(code) ? { code } : {};
}
