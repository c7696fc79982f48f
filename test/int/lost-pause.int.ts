import { describe, expect, it } from "vitest";
import { UNTIL_RESUMED } from "../../src/ports/delivery-queue.ts";
import { claimed } from "../../src/testing/contracts/storage/claims.ts";
import { record, registered, schedule, T0, webhookStream } from "../../src/testing/contracts/storage/facts.ts";
import { everyStorage, value } from "../support/open-hooks.ts";

/** Without memory, whose verify does not look at the pauses: nobody can spoil its rows. */
const databases = everyStorage.filter(({ name }) => name !== "memory");

describe.each(databases)("a pause that only the queue knows of, on $name", ({ create }) => {
  it.each([
    ["is there", [registered("w")]],
    ["was never there", []],
  ])(
    "holds deliveries back for good if the webhook %s, until verify shows it and rebuild ends it",
    async (_, events) => {
      const storage = await value(create().open());
      await record(storage, webhookStream("w"), ...events);
      await schedule(storage, "d", { webhookId: "w" });
      const health = [{ webhookId: "w", at: T0, failing: true, pausedUntil: UNTIL_RESUMED }];
      await value(
        storage.writer.append({
          recordedAt: T0,
          streams: [{ streamId: "message-m", expectedVersion: "any", events: [] }],
          health,
        }),
      );
      expect(await claimed(storage)).toEqual([]);
      const { differences } = await value(storage.projections.verify());
      expect(differences).toMatchObject([{ projection: "queue", id: "d", expected: { webhookId: "w", dueAt: T0 } }]);
      await value(storage.projections.rebuild());
      expect(await value(storage.projections.verify())).toMatchObject({ differences: [] });
      expect(await claimed(storage)).toMatchObject([{ deliveryId: "d" }]);
      await value(storage.close());
    },
  );
});
