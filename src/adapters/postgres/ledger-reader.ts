import { ok } from "neverthrow";
import type { LedgerReader } from "../../ports/ledger-reader.ts";
import { decodeEventRows } from "../sql/event-row.ts";
import type { Connection } from "./connection.ts";
import { eventStatements } from "./event-statements.ts";
import type { Session } from "./session.ts";
import { settledPosition, type WriterMark } from "./writer-mark.ts";

export function createLedgerReader({ lend, tables }: Session, mark: WriterMark): LedgerReader {
  const { ofStreams, after: page } = eventStatements(tables);
  const settled = async (connection: Connection): Promise<number> => {
    const [last, held] = await Promise.all([connection.run(mark.last, {}), connection.run(mark.held, {})]);
    return settledPosition(
      last[0]?.position ?? 0,
      held.map(({ key }) => key),
    );
  };
  const read = (streamIds: readonly string[]) =>
    lend(async (connection) => decodeEventRows(await connection.run(ofStreams, { streamIds })));
  return {
    settledPosition: () => lend(async (connection) => ok(await settled(connection))),
    readStream: (streamId) => read([streamId]),
    readStreams: read,
    readAll: ({ after = 0, limit }) =>
      lend(async (connection) => {
        const [upTo, rows] = await Promise.all([settled(connection), connection.run(page, { after, limit })]);
        return decodeEventRows(rows.filter(({ position }) => position <= upTo));
      }),
  };
}
