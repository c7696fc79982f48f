import { member } from "../sql/member.ts";

/**
 * Runs SQL in a transaction that another library has open on its own connection: Prisma, Kysely, TypeORM, Knex or any
 * other. Make one for each transaction. What is asked of one runner comes one after the other.
 */
export interface SqlRunner {
  /**
   * Runs one statement in the transaction. Its parameters `$1`, `$2` and so on are text or null, each used once and in
   * that order. Answers the rows as objects, or an object with the `rows`. Throws what the library throws.
   */
  runSql(sql: string, parameters: (string | null)[]): PromiseLike<unknown>;
}

/** What `postgres` (postgres.js) hands to the callback of `begin()` and `savepoint()`. */
export interface PostgresJsTransaction {
  unsafe(query: string, parameters?: never): unknown;
  savepoint(...callback: never): unknown;
}

/** The same, with the types that hookledger calls it with. */
export interface PostgresJs {
  unsafe(sql: string, parameters: (string | null)[]): PromiseLike<unknown>;
}

export function isRunner(value: unknown): value is SqlRunner {
  return typeof member(value, "runSql") === "function";
}

/** Tells whether the value is a transaction of postgres.js, which has no savepoints outside one. */
export function isPostgresJs(value: unknown): value is PostgresJs {
  return (
    typeof value === "function" &&
    ["unsafe", "savepoint"].every((name) => typeof Reflect.get(value, name) === "function")
  );
}
