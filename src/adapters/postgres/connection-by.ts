import { drizzle } from "drizzle-orm/pg-proxy";
import type { AnyOrm, Connection } from "./connection.ts";
import { createTurns } from "./in-turn.ts";
import type { SqlRunner } from "./sql-runner.ts";
import { asText, rowsAsJson, rowsOf, textDialect } from "./text-protocol.ts";

/** A connection that another library has, by the statements that it lets through. */
export function connectionBy(runner: SqlRunner): Connection<AnyOrm> {
  const inTurn = createTurns();
  const ask = (sql: string, values: readonly unknown[]) => inTurn(() => runner.runSql(sql, values.map(asText)));

  return {
    orm: drizzle(
      async (query, values) => ({ rows: rowsOf(await ask(rowsAsJson(query), values)).map(Object.values) }),
      {},
      () => textDialect,
    ),
    async run({ asTextOnly, values, isRow }, named) {
      const { sql, answersRows } = asTextOnly();
      const answer = await ask(sql, values(named));
      return answersRows ? rowsOf(answer).filter(isRow) : [];
    },
    execute: (statement) => ask(statement, []),
  };
}
