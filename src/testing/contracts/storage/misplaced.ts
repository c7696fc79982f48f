import { expect, it } from "vitest";
import { toIso } from "../../../domain/instant.ts";
import type { DomainEvent, RecordedEvent } from "../../../domain/ledger/index.ts";
import type { Storage } from "../../../ports/storage.ts";
import { errorOf, valueOf } from "../results.ts";
import {
  commit,
  deliveryStream,
  everything,
  failed,
  record,
  registered,
  schedule,
  T0,
  webhookStream,
} from "./facts.ts";
import { rowsOf } from "./mending.ts";
import type { Harnesses } from "./opening.ts";

const activated = { type: "WebhookActivated", data: {} } as const;

type Place = Pick<RecordedEvent, "streamId" | "version">;

/** Events, each where it has no place, in a ledger in which the stream of the delivery "d" has two. */
const places: readonly (readonly [what: string, event: RecordedEvent, reason: string])[] = [
  ["of another kind", at({ streamId: deliveryStream("d"), version: 3 }, activated), "WebhookActivated"],
  ["of no kind of stream", at({ streamId: "elsewhere-1", version: 1 }, activated), "WebhookActivated"],
  ["beyond a gap", at({ streamId: deliveryStream("d"), version: 4 }, failed(2, T0)), "version 4"],
  ["whose stream has no beginning", at({ streamId: webhookStream("w"), version: 2 }, activated), "version 2"],
];

export function registerMisplacedEventCases({ open }: Harnesses): void {
  it.each(places)("an event %s stops rebuild and verify, and is named by position", async (_, event, reason) => {
    const { storage } = await open();
    await record(storage, webhookStream("first"), registered("first"));
    await schedule(storage, "d");
    await record(storage, deliveryStream("d"), failed(1, T0 + 5));
    const rows = await rowsOf(storage);
    const position = await put(storage, event);

    for (const attempt of [storage.projections.rebuild(), storage.projections.verify()]) {
      const error = await errorOf(attempt);
      expect(error).toMatchObject({ type: "DamagedEvent", position, streamId: event.streamId });
      expect(error.message).toContain(`position ${position}`);
      expect(error.message).toContain(reason);
    }
    expect(await rowsOf(storage)).toEqual(rows);
  });

  it.each([deliveryStream("a"), "message-a", "elsewhere", "webhook"])(
    "an append of a webhook's event to %s is refused, so that no append brings this about",
    async (stream) => {
      const { storage } = await open();
      const error = await errorOf(storage.writer.append(commit(stream, "any", [activated])));
      expect(error).toMatchObject({ type: "StorageError", reason: "unexpected" });
      expect(error.message).toContain(stream);
      expect((await everything(storage)).events).toEqual([]);
    },
  );

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    "an append of an event with the duration %d, which would come back damaged, is refused",
    async (durationMs) => {
      const { storage } = await open();
      await schedule(storage, "d");
      const before = await everything(storage);
      const event: DomainEvent = { type: "DeliverySucceeded", data: { attempt: 1, statusCode: 200, durationMs } };
      const error = await errorOf(storage.writer.append(commit(deliveryStream("d"), 1, [event])));
      expect(error).toMatchObject({ type: "StorageError", reason: "unexpected" });
      expect(await everything(storage)).toEqual(before);
    },
  );
}

function at(place: Place, event: DomainEvent): RecordedEvent {
  return { ...event, ...place, position: 0, metadata: {}, recordedAt: toIso(T0) };
}

/** Puts any event at the next position, as a copy does. */
async function put(storage: Storage, event: RecordedEvent): Promise<number> {
  const position = 1 + (await valueOf(storage.reader.settledPosition()));
  await valueOf(storage.transfer.restore({ events: [{ ...event, position }] }));
  return position;
}
