import { member } from "../sql/member.ts";

/** The error behind an error, wherever the library that ran the statement keeps it; null where there is none. */
export function innerError(error: Error): Error | null {
  const inner =
    member(error, "cause") ?? member(error, "driverError") ?? member(member(error, "meta"), "driverAdapterError");
  return inner instanceof Error ? inner : byPrisma(inner);
}

/** Prisma tells of the driver's error by an object of its own. */
function byPrisma(inner: unknown): Error | null {
  const [code, message] = [member(inner, "originalCode"), member(inner, "originalMessage")];
  if (typeof code !== "string" || typeof message !== "string") return null;
  const constraint = member(member(inner, "constraint"), "index");
  return Object.assign(new Error(message), { code, constraint, severity: "ERROR" });
}
