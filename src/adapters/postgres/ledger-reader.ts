import type { LedgerReader } from "../../ports/ledger-reader.ts";
import { decodeEventRows } from "../sql/event-row.ts";
import { eventStatements } from "./event-statements.ts";
import type { Session } from "./session.ts";
import { settledPosition, type WriterMark } from "./writer-mark.ts";

export function createLedgerReader({ lend, tables }: Session, mark: WriterMark): LedgerReader {
  const { ofStreams, after: page } = eventStatements(tables);
  return {
    readStream: (streamId) =>
      lend(async (connection) => decodeEventRows(await connection.run(ofStreams, { streamIds: [streamId] }))),
    readAll: ({ after = 0, limit }) =>
      lend(async (connection) => {
        const [last, held, rows] = await Promise.all([
          connection.run(mark.last, {}),
          connection.run(mark.held, {}),
          connection.run(page, { after, limit }),
        ]);
        const keys = held.map(({ key }) => key);
        const settled = settledPosition(last[0]?.position ?? 0, keys);
        return decodeEventRows(rows.filter(({ position }) => position <= settled));
      }),
  };
}
