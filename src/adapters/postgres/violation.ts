import { codeOf, textOf, withCauses } from "./inner-error.ts";

/** PostgreSQL's code, and the constraint that was violated, if it was one, by node-postgres's name for it or by postgres.js's. */
export function violationOf(thrown: unknown): { readonly code: string; readonly constraint: string | null } | null {
  for (const error of withCauses(thrown)) {
    const code = codeOf(error);
    if (code === null || !("severity" in error)) continue;
    return { code, constraint: textOf(error, "constraint") ?? textOf(error, "constraint_name") };
  }
  return null;
}

/** Whether a lock was waited for as long as the transaction waits for locks. */
export function wasHeldUp(thrown: unknown): boolean {
  return violationOf(thrown)?.code === "55P03";
}

/** Whether something of it is there already. */
export function isDuplicate(thrown: unknown): boolean {
  return violationOf(thrown)?.code === DUPLICATE;
}

const DUPLICATE = "23505";

/** What another transaction was first at: it is decided again, on what that has left. */
const racedFor: readonly (string | null)[] = ["events_stream", "messages_idempotency"];

/** Whether the same can be tried again, on what another transaction has left. */
export function wasRaced(thrown: unknown): boolean {
  const violation = violationOf(thrown);
  if (violation === null) return false;
  const { code, constraint } = violation;
  return code.startsWith("40") || code === "22012" || (code === DUPLICATE && racedFor.includes(constraint));
}
