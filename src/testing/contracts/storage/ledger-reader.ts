import fc from "fast-check";
import { expect, it } from "vitest";
import { toIso } from "../../../domain/instant.ts";
import { byStream, type DomainEvent, type RecordedEvent } from "../../../domain/ledger/index.ts";
import type { Storage } from "../../../ports/storage.ts";
import { deliveryEvents, instants, webhookEvents } from "../../arbitraries/index.ts";
import { anyText } from "../../arbitraries/json-values.ts";
import { valueOf } from "../results.ts";
import { commit, deliveryStream, failed, record, registered, T0, webhookStream } from "./facts.ts";
import { RUNS_WITH_STORAGE, type Harnesses } from "./opening.ts";

const STREAMS = [webhookStream("webhook-1"), deliveryStream("delivery-1"), "message-message-1"] as const;

const published: DomainEvent = {
  type: "MessagePublished",
  data: {
    ...{ messageId: "message-1", tenantId: "t", event: "memory.updated" },
    matched: [{ webhookId: "webhook-1", deliveryId: "delivery-1" }],
    skipped: [{ webhookId: "webhook-2", reason: "inactive" }],
  },
};

/** Events of the right kind for their stream, in no sensible order, since what the reader promises holds for any. */
const streamsAndEvents = fc.oneof(
  fc.tuple(fc.constant(STREAMS[0]), fc.array(webhookEvents, { maxLength: 3 })),
  fc.tuple(fc.constant(STREAMS[1]), fc.array(deliveryEvents, { maxLength: 3 })),
  fc.tuple(fc.constant(STREAMS[2]), fc.array(fc.constant(published), { maxLength: 2 })),
);

const metadatas = fc.dictionary(anyText, anyText, { maxKeys: 2, noNullPrototype: true });

const appends = fc.array(
  fc
    .tuple(streamsAndEvents, instants, metadatas)
    .map(([[streamId, events], recordedAt, metadata]) => ({ streamId, events, recordedAt, metadata })),
  { maxLength: 12 },
);

export function registerLedgerReaderCases({ open, within }: Harnesses): void {
  it("what was appended is read back as it was, in order, with versions from 1 and positions that grow", () =>
    fc.assert(
      fc.asyncProperty(appends, (all) =>
        within(async ({ storage }) => {
          const written: Omit<RecordedEvent, "position">[] = [];
          for (const { streamId, events, recordedAt, metadata } of all) {
            await valueOf(storage.writer.append(commit(streamId, "any", events, { recordedAt, metadata })));
            for (const event of events) {
              const version = 1 + written.filter((other) => other.streamId === streamId).length;
              written.push({ ...event, streamId, version, metadata, recordedAt: toIso(recordedAt) });
            }
          }
          const ledger = await valueOf(storage.reader.readAll({ limit: 1000 }));
          expect(ledger.map(({ position, ...event }) => event)).toEqual(written);
          expect(isGrowing(ledger.map(({ position }) => position))).toBe(true);
          for (const id of STREAMS) {
            const stream = ledger.filter(({ streamId }) => streamId === id);
            expect(await valueOf(storage.reader.readStream(id))).toEqual(stream);
          }
          const two = [STREAMS[2], "delivery-of-nobody", STREAMS[0]];
          const streams = byStream(await valueOf(storage.reader.readStreams(two)));
          expect(streams).toEqual(byStream(ledger.filter(({ streamId }) => two.includes(streamId))));
        }),
      ),
      { numRuns: RUNS_WITH_STORAGE },
    ));

  it("pages of any size together are the whole ledger", () =>
    fc.assert(
      fc.asyncProperty(appends, fc.integer({ min: 1, max: 7 }), (all, limit) =>
        within(async ({ storage }) => {
          for (const { streamId, events } of all) await record(storage, streamId, ...events);
          const pages = await allPages(storage, limit);
          expect(pages.every((page) => page.length <= limit)).toBe(true);
          expect(pages.flat()).toEqual(await valueOf(storage.reader.readAll({ limit: 1000 })));
        }),
      ),
      { numRuns: RUNS_WITH_STORAGE },
    ));

  it("any text survives: controls, both quotes, NUL, astral characters and lone surrogates", () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyText, { maxLength: 5 }), (texts) =>
        within(async ({ storage }) => {
          const events = ["\u0000'\"\\\n", "\u{1f600}", "\ud800", ...texts].map((text): DomainEvent => ({
            type: "WebhookHeadersChanged",
            data: { headers: { headersId: text, names: [text] } },
          }));
          await record(storage, STREAMS[0], ...events);
          const read = await valueOf(storage.reader.readStream(STREAMS[0]));
          expect(read.map(({ type, data }) => ({ type, data }))).toEqual(events);
        }),
      ),
      { numRuns: RUNS_WITH_STORAGE },
    ));

  it("a stream that nobody wrote to has no events", async () => {
    const { storage } = await open();
    await record(storage, webhookStream("a"), registered("a"));
    expect(await valueOf(storage.reader.readStream(webhookStream("b")))).toEqual([]);
    expect(await valueOf(storage.reader.readStream("webhook"))).toEqual([]);
  });

  it("an empty ledger has an empty first page, and nothing comes after the last position", async () => {
    const { storage } = await open();
    expect(await valueOf(storage.reader.readAll({ limit: 10 }))).toEqual([]);
    await record(storage, webhookStream("a"), registered("a"));
    const [first] = await valueOf(storage.reader.readAll({ after: 0, limit: 10 }));
    expect(first).toMatchObject({ type: "WebhookRegistered", metadata: {}, recordedAt: toIso(T0) });
    expect(await valueOf(storage.reader.readAll({ after: first?.position ?? 0, limit: 10 }))).toEqual([]);
  });

  it("a stream is read in the order of its versions, whatever the clock said when they were recorded", async () => {
    const { storage } = await open();
    const stream = deliveryStream("a");
    for (const [index, recordedAt] of [T0, T0 - 5000, T0 + 1].entries()) {
      await valueOf(storage.writer.append(commit(stream, index, [failed(index + 1, T0)], { recordedAt })));
    }
    const read = await valueOf(storage.reader.readStream(stream));
    expect(read.map(({ version, recordedAt }) => [version, recordedAt])).toEqual([
      [1, toIso(T0)],
      [2, toIso(T0 - 5000)],
      [3, toIso(T0 + 1)],
    ]);
  });

  it("what was read stays as it was read, whatever is appended afterwards", async () => {
    const { storage } = await open();
    await record(storage, webhookStream("a"), registered("a"));
    const read = await valueOf(storage.reader.readStream(webhookStream("a")));
    await record(storage, webhookStream("a"), registered("a"));
    expect(read).toHaveLength(1);
  });
}

async function allPages(storage: Storage, limit: number): Promise<(readonly RecordedEvent[])[]> {
  const pages: (readonly RecordedEvent[])[] = [];
  let after = 0;
  for (;;) {
    const page = await valueOf(storage.reader.readAll({ after, limit }));
    const last = page.at(-1);
    if (last === undefined) return pages;
    pages.push(page);
    after = last.position;
  }
}

function isGrowing(positions: readonly number[]): boolean {
  return positions.every((position, index) => position > (positions[index - 1] ?? 0));
}
