import { err, ok } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import type { RecordedEvent } from "../../../src/index.ts";
import { damagedEvent } from "../../../src/ports/ledger-reader.ts";
import type { StorageAdapter } from "../../../src/ports/storage.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { event, pass } from "../../support/deliver-to.ts";
import { openHooks, storages, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

/** The storage as a version sees it that does not know the registration of webhooks. */
function older(adapter: StorageAdapter): StorageAdapter {
  return wrapStorage(adapter, ({ reader }) => ({
    reader: {
      ...reader,
      readAll: (page) =>
        reader.readAll(page).andThen((events) => {
          const unknown = events.find(({ type }) => type === "WebhookRegistered");
          return unknown === undefined ? ok(events) : err(damagedEvent(unknown, "its type is unknown"));
        }),
    },
  }));
}

describe.each(storages)("an event that an older version does not know, on $name", ({ create }) => {
  it("is not skipped by its follower, and is handed over by the newer version once that leads", async () => {
    const storage = create();
    const clock = createFakeClock();
    const logger = createRecordingLogger();
    const [before, after] = [
      await openHooks({ storage: older(storage), clock, logger }),
      await openHooks({ storage, clock }),
    ];
    const [old, given]: [RecordedEvent[], RecordedEvent[]] = [[], []];
    const first = await value(before.ledger.follow({ name: "n", onEvents: (events) => void old.push(...events) }));
    await value(before.publish({ event, payload: {} }));
    await vi.waitFor(() => expect(first.position()).toBe(1));
    await value(after.webhooks.register({ url: "http://127.0.0.1:9/hook", events: [] }));
    await value(after.ledger.follow({ name: "n", onEvents: (events) => void given.push(...events) }));
    for (let seconds = 0; given.length === 0 && seconds < 120; seconds += 1) await pass(clock, 1000);
    expect(logger.entries).toContainEqual({
      level: "error",
      message: "a follower of the ledger could not go on; it tries again",
      facts: { name: "n", error: "DamagedEvent", position: 2, streamId: expect.stringMatching(/^webhook-/) },
    });
    expect(old.map(({ type }) => type)).toEqual(["MessagePublished"]);
    expect(given.map(({ type }) => type)).toEqual(["WebhookRegistered"]);
  });
});
