import { errAsync, ResultAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import { leaseLost, versionConflict } from "../../../src/ports/ledger-writer.ts";
import type { StorageAdapter } from "../../../src/ports/storage.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { exhaust, openDown, registerImpatient, statesOf } from "../../support/exhausted.ts";
import { readLedger, storages, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

/** One try with the whole page, one with the half that has two, and those of the delivery by itself. */
const MOST_CONFLICTS = 11;

describe.each(storages)("a replay whose page others change, on $name", ({ create }) => {
  /** Three exhausted deliveries. To the second, another writer comes first so many times. */
  async function openContended(conflicts: number) {
    const contended = { deliveryId: "", left: conflicts };
    const storage: StorageAdapter = wrapStorage(create(), ({ writer }) => ({
      writer: {
        append(commit) {
          const streamId = `delivery-${contended.deliveryId}`;
          const stream = commit.streams.find((one) => one.streamId === streamId);
          if (stream === undefined || contended.left === 0) return writer.append(commit);
          contended.left -= 1;
          return errAsync(versionConflict(streamId, stream.expectedVersion, 9));
        },
      },
    }));
    const logger = createRecordingLogger();
    const { hooks } = await openDown(storage, logger);
    await registerImpatient(hooks, "w");
    const deliveryIds = await exhaust(hooks, 3);
    contended.deliveryId = deliveryIds[1] ?? "";
    return { hooks, logger, deliveryIds, contended };
  }

  it.each([1, 2, MOST_CONFLICTS])(
    "replays all of it, after %i conflicts over one delivery, and each event names who asked for it",
    async (conflicts) => {
      const { hooks, deliveryIds, contended } = await openContended(conflicts);
      expect(await value(hooks.deliveries.replay({}, { actor: "ada" }))).toEqual({ examined: 3, replayed: 3 });
      expect(contended.left).toBe(0);
      expect(await statesOf(hooks, deliveryIds)).toEqual(["pending", "pending", "pending"]);
      const requested = (await readLedger(hooks)).filter(({ type }) => type === "RedeliveryRequested");
      expect(requested.map(({ metadata }) => metadata)).toEqual(Array(3).fill({ actor: "ada" }));
    },
  );

  it("leaves a delivery as it was if it changes during every try, warns of it, and replays the others", async () => {
    const { hooks, logger, deliveryIds, contended } = await openContended(MOST_CONFLICTS + 1);
    expect(await value(hooks.deliveries.replay())).toEqual({ examined: 3, replayed: 2 });
    expect(await statesOf(hooks, deliveryIds)).toEqual(["pending", "exhausted", "pending"]);
    const { deliveryId } = contended;
    expect(logger.entries.at(-1)).toMatchObject({ level: "warn", facts: { deliveryId } });
    expect(await value(hooks.deliveries.replay())).toEqual({ examined: 1, replayed: 1 });
  });

  it("makes a few commits, and not one for each delivery, if one of a hundred is held", async () => {
    const asked: number[] = [];
    let held = "";
    const storage = wrapStorage(create(), ({ writer }) => ({
      writer: {
        append(commit) {
          const ids = (commit.fences ?? []).map(({ deliveryId }) => deliveryId);
          if (held !== "") asked.push(ids.length);
          return ids.includes(held) ? errAsync(leaseLost(held)) : writer.append(commit);
        },
      },
    }));
    const { hooks } = await openDown(storage);
    await registerImpatient(hooks, "w");
    const deliveryIds = await exhaust(hooks, 100);
    held = deliveryIds[70] ?? "";
    expect(await value(hooks.deliveries.replay())).toEqual({ examined: 100, replayed: 99 });
    expect(await statesOf(hooks, [held])).toEqual(["exhausted"]);
    expect(asked.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(100)) + 1);
  });

  it("leaves out what was pruned since the page was read, and replays the others", async () => {
    let happens = () => Promise.resolve<unknown>(undefined);
    const storage = wrapStorage(create(), ({ deliveries }) => ({
      deliveries: {
        ...deliveries,
        list: (filter) =>
          deliveries.list(filter).andThen((page) => ResultAsync.fromSafePromise(happens()).map(() => page)),
      },
    }));
    const { hooks, clock } = await openDown(storage);
    await registerImpatient(hooks, "w");
    const old = await exhaust(hooks, 2);
    clock.advance(1000);
    const finishedBefore = new Date(clock.now());
    const recent = await exhaust(hooks, 1);
    happens = () => value(hooks.ledger.prune({ finishedBefore }));
    expect(await value(hooks.deliveries.replay())).toEqual({ examined: 3, replayed: 1 });
    expect(await statesOf(hooks, [...old, ...recent])).toEqual([undefined, undefined, "pending"]);
    expect((await value(hooks.ledger.verify())).differences).toEqual([]);
  });
});
