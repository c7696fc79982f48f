/**
 * Runs SQL in a transaction that another library has open on its own connection: Prisma, Kysely, TypeORM, Knex, whichever. One for each
 * transaction: what is asked of one runner comes one after the other.
 */
export interface SqlRunner {
  /**
   * Runs one statement, in the transaction. Its parameters, `$1`, `$2` and so on, each used once and in that order, are text or
   * null. Answers the rows as objects, or an object with the `rows`, and throws what the library throws.
   */
  runSql(sql: string, parameters: (string | null)[]): PromiseLike<unknown>;
}

/** What `postgres` (postgres.js) hands to the callback of `begin()` and `savepoint()`. */
export interface PostgresJsTransaction {
  unsafe(query: string, parameters?: never): unknown;
  savepoint(...callback: never): unknown;
}

/** The same, as it is called. */
export interface PostgresJs {
  unsafe(sql: string, parameters: (string | null)[]): PromiseLike<unknown>;
}

export function isRunner(value: unknown): value is SqlRunner {
  return typeof value === "object" && value !== null && "runSql" in value && typeof value.runSql === "function";
}

/** Outside of a transaction it has no savepoints. */
export function isPostgresJs(value: unknown): value is PostgresJs {
  return (
    typeof value === "function" &&
    ["unsafe", "savepoint"].every((name) => typeof Reflect.get(value, name) === "function")
  );
}
