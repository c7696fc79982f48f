import { drizzle } from "drizzle-orm/node-postgres";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Connection } from "../../src/adapters/postgres/connection.ts";
import { createLedgerReader } from "../../src/adapters/postgres/ledger-reader.ts";
import { createSession } from "../../src/adapters/postgres/session.ts";
import type { Statement } from "../../src/adapters/postgres/statement.ts";
import { tablesIn } from "../../src/adapters/postgres/tables.ts";
import { writerMark } from "../../src/adapters/postgres/writer-mark.ts";
import { deliveryStream, scheduled, T0 } from "../../src/testing/contracts/storage/facts.ts";

interface Writer {
  /** The key of the lock that it holds; null if it is in no transaction. */
  key: number | null;
  positions: number[];
}

/** What a writer does next: in no transaction, it begins one. */
type Step = readonly [writer: number, does: "insert" | "commit" | "roll back"];

/** A server on which `steps` go on before each statement of the reader, as many as `pace` says. */
function serverOn(steps: Step[], pace: readonly number[]) {
  const writers: readonly Writer[] = [0, 1, 2].map(() => ({ key: null, positions: [] }));
  const committed: number[] = [];
  let given = 0;
  let asked = 0;

  function go([index, does]: Step): void {
    const writer = writers[index];
    if (writer === undefined) return;
    if (writer.key === null) writer.key = given;
    else if (does === "insert") writer.positions.push((given += 1));
    else {
      if (does === "commit") committed.push(...writer.positions);
      Object.assign(writer, { key: null, positions: [] });
    }
  }

  function answer(purpose: string, values: Readonly<Record<string, unknown>>): readonly object[] {
    if (purpose === "last position") return [{ position: given }];
    if (purpose === "writers") return writers.flatMap(({ key }) => (key === null ? [] : [{ key }]));
    const after = committed.filter((position) => position > Number(values["after"])).sort((a, b) => a - b);
    const { type, data } = scheduled("d");
    const row = { streamId: deliveryStream("d"), version: 1, type, data: JSON.stringify(data), metadata: "{}" };
    return after.slice(0, Number(values["limit"])).map((position) => ({ ...row, position, recordedAt: T0 }));
  }

  const connection: Connection = {
    orm: drizzle.mock(),
    execute: () => Promise.reject(new Error("nobody is to ask this")),
    async run<Row extends object>({ name, isRow }: Statement<Row>, values: Readonly<Record<string, unknown>>) {
      for (const step of steps.splice(0, pace[asked % pace.length])) go(step);
      asked += 1;
      return answer(name.replace(/^hookledger (.*) \w+$/, "$1"), values).filter(isRow);
    },
  };
  const lend = <T>(work: (lent: Connection) => Promise<T>) => work(connection);
  const session = createSession({ lend, lendForLong: lend, orm: connection.orm }, tablesIn("hookledger"));
  return { reader: createLedgerReader(session, writerMark("hookledger")), committed, go };
}

const steps = fc.array(
  fc.tuple(fc.nat({ max: 2 }), fc.constantFrom<Step[1][]>("insert", "insert", "commit", "roll back")),
  { minLength: 10, maxLength: 80 },
);
/**
 * The second writer commits a later position before the first, which commits just before the reader's next statement.
 */
const overtaken: Step[] = [
  ...([
    [0, "insert"],
    [0, "insert"],
    [1, "insert"],
    [1, "insert"],
    [1, "commit"],
    [0, "commit"],
  ] as const),
];
const pace = fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 7 });

it("whatever writers do between its statements, a reader that follows positions misses nothing, in order", () =>
  fc.assert(
    fc.asyncProperty(steps, pace, fc.integer({ min: 1, max: 5 }), async (wanted, paces, limit) => {
      const left = [...wanted];
      const { reader, committed, go } = serverOn(left, paces.some((some) => some > 0) ? paces : [1]);
      const read: number[] = [];
      const settledAt: (readonly [position: number, events: number])[] = [];
      const readOn = async () => {
        const page = (await reader.readAll({ after: read.at(-1) ?? 0, limit }))._unsafeUnwrap();
        read.push(...page.map(({ position }) => position));
        return page.length;
      };
      while (left.length > 0) {
        await readOn();
        const settled = (await reader.settledPosition())._unsafeUnwrap();
        settledAt.push([settled, committed.filter((position) => position <= settled).length]);
      }
      // A writer that is in no transaction begins one, so that each ends one.
      for (const writer of [0, 1, 2]) for (const does of ["insert", "commit"] as const) go([writer, does]);
      while ((await readOn()) > 0);
      expect(read).toEqual([...committed].sort((a, b) => a - b));
      for (const [settled, events] of settledAt)
        expect(committed.filter((position) => position <= settled)).toHaveLength(events);
    }),
    { numRuns: 300, examples: [[overtaken, [5, 1, 0], 5]] },
  ));
