import { drizzle } from "drizzle-orm/pg-proxy";
import type { JoinedConnection } from "./connection.ts";
import { createTurns } from "./in-turn.ts";
import { LibraryFailed } from "./library-failed.ts";
import { mapError } from "./map-error.ts";
import type { SqlRunner } from "./sql-runner.ts";
import { asText, rowsAsJson, rowsOf, textDialect } from "./text-protocol.ts";

/** Each runner's turns, which all calls of `within` on it share. */
const turns = new WeakMap<SqlRunner, ReturnType<typeof createTurns>>();

function turnsOf(runner: SqlRunner): ReturnType<typeof createTurns> {
  const inTurn = turns.get(runner) ?? createTurns();
  turns.set(runner, inTurn);
  return inTurn;
}

/** Wraps a connection that another library holds, through the statements that the library lets through. */
export function connectionBy(runner: SqlRunner): JoinedConnection {
  const inTurn = turnsOf(runner);
  const ask = (sql: string, values: readonly unknown[]) => inTurn(() => runSql(sql, values.map(asText)));

  async function runSql(sql: string, parameters: (string | null)[]): Promise<unknown> {
    try {
      return await runner.runSql(sql, parameters);
    } catch (thrown) {
      throw mapError(thrown) === null ? new LibraryFailed(thrown) : thrown;
    }
  }

  return {
    orm: drizzle(
      async (query, values) => ({ rows: rowsOf(await ask(rowsAsJson(query), values)).map(Object.values) }),
      {},
      () => textDialect,
    ),
    run: async ({ asTextOnly, values, isRow }, named) => rowsOf(await ask(asTextOnly(), values(named))).filter(isRow),
  };
}
