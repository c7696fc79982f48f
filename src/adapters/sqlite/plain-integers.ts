import type { Database } from "better-sqlite3";

/**
 * Returns the same connection, but its statements give integers as numbers, whatever `defaultSafeIntegers` the
 * application has set on its handle. All integers here are counts and times, far below 2^53.
 */
export function withPlainIntegers(database: Database): Database {
  return new Proxy(database, {
    get(target, name) {
      if (name === "prepare") return (source: string) => target.prepare(source).safeIntegers(false);
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      const bound: unknown = member.bind(target);
      return bound;
    },
  });
}
