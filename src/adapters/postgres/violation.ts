import { codeOf, textOf, withCauses } from "./inner-error.ts";

/**
 * Returns PostgreSQL's code and the violated constraint, if any, from node-postgres's property or postgres.js's. Null
 * if no error of PostgreSQL's is behind what was thrown.
 */
export function violationOf(thrown: unknown): { readonly code: string; readonly constraint: string | null } | null {
  for (const error of withCauses(thrown)) {
    const code = codeOf(error);
    if (code === null || !("severity" in error)) continue;
    return { code, constraint: textOf(error, "constraint") ?? textOf(error, "constraint_name") };
  }
  return null;
}

/** Tells whether the transaction waited for a lock as long as it is allowed to. */
export function wasHeldUp(thrown: unknown): boolean {
  return violationOf(thrown)?.code === "55P03";
}

/** Tells whether something that was to be inserted is there already. */
export function isDuplicate(thrown: unknown): boolean {
  return violationOf(thrown)?.code === DUPLICATE;
}

const DUPLICATE = "23505";

/**
 * The unique constraints at which another transaction may be first. The commit is then decided again on what that
 * transaction has left.
 */
const racedFor: readonly (string | null)[] = ["events_stream", "messages_idempotency"];

/** Tells whether the same can be tried again on what another transaction has left. */
export function wasRaced(thrown: unknown): boolean {
  const violation = violationOf(thrown);
  if (violation === null) return false;
  const { code, constraint } = violation;
  return code.startsWith("40") || code === "22012" || (code === DUPLICATE && racedFor.includes(constraint));
}
