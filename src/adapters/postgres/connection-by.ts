import { drizzle } from "drizzle-orm/pg-proxy";
import type { JoinedConnection } from "./connection.ts";
import { createTurns } from "./in-turn.ts";
import type { SqlRunner } from "./sql-runner.ts";
import { asText, rowsAsJson, rowsOf, textDialect } from "./text-protocol.ts";

/** A connection that another library has, by the statements that it lets through. */
export function connectionBy(runner: SqlRunner): JoinedConnection {
  const inTurn = createTurns();
  const ask = (sql: string, values: readonly unknown[]) => inTurn(() => runner.runSql(sql, values.map(asText)));

  return {
    orm: drizzle(
      async (query, values) => ({ rows: rowsOf(await ask(rowsAsJson(query), values)).map(Object.values) }),
      {},
      () => textDialect,
    ),
    run: async ({ asTextOnly, values, isRow }, named) => rowsOf(await ask(asTextOnly(), values(named))).filter(isRow),
  };
}
