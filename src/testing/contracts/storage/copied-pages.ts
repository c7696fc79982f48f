import fc from "fast-check";
import { expect, it } from "vitest";
import { toIso } from "../../../domain/instant.ts";
import type { RecordedEvent } from "../../../domain/ledger/index.ts";
import type { Storage } from "../../../ports/storage.ts";
import type { Restoration } from "../../../ports/transfer.ts";
import { errorOf, valueOf } from "../results.ts";
import { message, registered, secret, T0, webhookStream } from "./facts.ts";
import { RUNS_WITH_STORAGE, type Harnesses } from "./opening.ts";

function eventAt(position: number, metadata: RecordedEvent["metadata"] = {}): RecordedEvent {
  const place = { streamId: webhookStream(`w${position}`), version: 1, position };
  return { ...registered(`w${position}`), ...place, metadata, recordedAt: toIso(T0) };
}

/** A row of each kind with this number, and a note by which it is told from others with the same number. */
function rowsOf(number: number, note: string) {
  return {
    event: eventAt(number, { note }),
    message: message(`m${number}`, { idempotencyKey: `k${number}`, body: note }),
    secret: secret(`s${number}`, { webhookId: `w${number % 2}`, value: note }),
    // Of one delivery up to four attempts in a row, so that pages end between two of them.
    response: { deliveryId: `d${3 - Math.floor(number / 4)}`, attempt: number, excerpt: note },
  };
}

type Rows = ReturnType<typeof rowsOf>;

function together(all: readonly Rows[]) {
  return {
    events: all.map(({ event }) => event),
    messages: all.map((rows) => rows.message),
    secrets: all.map((rows) => rows.secret),
    responses: all.map(({ response }) => response),
  };
}

function inOrder<Row>(rows: readonly Row[], keyOf: (row: Row) => string): readonly Row[] {
  return rows.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

const padded = (number: number) => String(number).padStart(3, "0");

/** Reads page after page, until one is empty. */
async function pagesOf<Row>(read: (last: Row | undefined) => Promise<readonly Row[]>): Promise<readonly Row[]> {
  const all: Row[] = [];
  for (;;) {
    const page = await read(all.at(-1));
    if (page.length === 0) return all;
    all.push(...page);
  }
}

/** Reads all that can be copied, in pages of `limit` rows. */
async function copiedFrom({ reader, transfer }: Storage, limit: number): Promise<Restoration> {
  return {
    events: await pagesOf((last) => valueOf(reader.readAll({ after: last?.position ?? 0, limit }))),
    messages: await pagesOf((last) => valueOf(transfer.messages(last?.messageId ?? "", limit))),
    secrets: await pagesOf((last) => valueOf(transfer.secrets(last?.secretId ?? "", limit))),
    responses: await pagesOf((last) => valueOf(transfer.responses(last ?? { deliveryId: "", attempt: 0 }, limit))),
  };
}

const restorations = fc.array(fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 6 }), { maxLength: 5 });

export function registerCopiedPageCases({ open, within }: Harnesses): void {
  it("hold each row once, as it first came, in order, however often and in whatever order rows are copied", () =>
    fc.assert(
      fc.asyncProperty(restorations, fc.integer({ min: 1, max: 4 }), (given, limit) =>
        within(async ({ storage }) => {
          const first = new Map<number, Rows>();
          for (const [time, numbers] of given.entries()) {
            const rows = numbers.map((number, place) => ({ number, ...rowsOf(number, `${time}.${place}`) }));
            await valueOf(storage.transfer.restore(together(rows)));
            for (const { number, ...others } of rows) if (!first.has(number)) first.set(number, others);
          }
          const { events, messages, secrets, responses } = together([...first.values()]);
          expect(await copiedFrom(storage, limit)).toEqual({
            events: inOrder(events, ({ position }) => padded(position)),
            messages: inOrder(messages, ({ messageId }) => messageId),
            secrets: inOrder(secrets, ({ secretId }) => secretId),
            responses: inOrder(responses, ({ deliveryId, attempt }) => deliveryId + padded(attempt)),
          });
        }),
      ),
      { numRuns: RUNS_WITH_STORAGE },
    ));

  it("hold nothing of what is refused: two events at one version of a stream, or two messages under one key, that come together", async () => {
    const { storage } = await open();
    const messages = ["m", "n"].map((id) => message(id, { idempotencyKey: "k" }));
    for (const refused of [{ messages }, { events: [eventAt(1), { ...eventAt(1), position: 2 }] }])
      expect(await errorOf(storage.transfer.restore(refused))).toMatchObject({
        type: "StorageError",
        reason: "unexpected",
      });
    expect(await copiedFrom(storage, 9)).toEqual({ events: [], messages: [], secrets: [], responses: [] });
  });
}
