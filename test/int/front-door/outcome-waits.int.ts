import fc from "fast-check";
import { errAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import { versionConflict } from "../../../src/ports/ledger-writer.ts";
import { storageError } from "../../../src/ports/storage-error.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { openProcess, publish, register } from "../../support/deliver-to.ts";
import { failure, storages, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

const SHORTEST_LEASE_SECONDS = 30;

const outage = fc
  .integer({ min: SHORTEST_LEASE_SECONDS, max: 120 })
  .chain((leaseSeconds) =>
    fc.record({ leaseSeconds: fc.constant(leaseSeconds), seconds: fc.integer({ min: 0, max: leaseSeconds - 1 }) }),
  );

/** After a failover, a connection is read-only until the name or the proxy leads to the new primary. */
const reason = fc.constantFrom("locked", "read-only");

describe.each(storages)("an outcome that the storage does not take, on $name", ({ create }) => {
  /**
   * A published delivery, to whose outcome another writer comes first so many times. After the last one, so many reads
   * of its stream fail.
   */
  async function openRacing(races: number, unreadable = 0) {
    let left = races;
    let failuresLeft = unreadable;
    const storage = wrapStorage(create(), ({ writer, reader }) => ({
      reader: {
        ...reader,
        readStream(streamId) {
          if (left > 0 || failuresLeft === 0) return reader.readStream(streamId);
          failuresLeft -= 1;
          return errAsync(storageError("locked", "refused for the test"));
        },
      },
      writer: {
        append(commit) {
          const [stream] = commit.streams;
          const isOutcome = stream?.events.some(({ type }) => type === "DeliverySucceeded") === true;
          if (!isOutcome || left === 0) return writer.append(commit);
          left -= 1;
          return errAsync(versionConflict(stream.streamId, stream.expectedVersion, 9));
        },
      },
    }));
    const http = scriptedHttpClient();
    const hooks = await openProcess(storage, createFakeClock({ autoAdvance: true }), http);
    await register(hooks, "a");
    const [deliveryId = ""] = await publish(hooks);
    return { hooks, http, deliveryId };
  }

  it("waits as long as the lease lasts: whatever ends before is recorded, and no request is repeated", () =>
    fc.assert(
      fc.asyncProperty(
        outage,
        fc.constantFrom(204, 500),
        reason,
        async ({ leaseSeconds, seconds }, statusCode, why) => {
          const clock = createFakeClock({ autoAdvance: true });
          const http = scriptedHttpClient(() => statusCode);
          let takesFrom = clock.now();
          const storage = wrapStorage(create(), ({ writer }) => ({
            writer: {
              append: (commit) =>
                clock.now() < takesFrom ? errAsync(storageError(why, "refused for the test")) : writer.append(commit),
            },
          }));
          const hooks = await openProcess(storage, clock, http);
          await register(hooks, "a", { retryConfig: { maxRetries: 1 } });
          const [deliveryId = ""] = await publish(hooks);
          takesFrom = clock.now() + seconds * 1000;
          await value(hooks.worker({ leaseSeconds }).runUntilIdle());
          expect(await value(hooks.deliveries.attempts(deliveryId))).toMatchObject([{ statusCode }]);
          expect(http.requests).toHaveLength(1);
          await value(hooks.close());
        },
      ),
      { numRuns: 20 },
    ));

  it.each([2, 9])(
    "is decided again after %i lost races if it is a success, and no request is repeated",
    async (races) => {
      const { hooks, http, deliveryId } = await openRacing(races);
      await value(hooks.worker().runUntilIdle());
      expect(await value(hooks.deliveries.attempts(deliveryId))).toMatchObject([{ statusCode: 204 }]);
      expect(http.requests).toHaveLength(1);
    },
  );

  it("waits for the stream by which it is decided again, too, and no request is repeated", async () => {
    const { hooks, http, deliveryId } = await openRacing(1, 5);
    await value(hooks.worker().runUntilIdle());
    expect(await value(hooks.deliveries.attempts(deliveryId))).toMatchObject([{ statusCode: 204 }]);
    expect(http.requests).toHaveLength(1);
  });

  it("ends the run with the conflict if a success loses every race", async () => {
    const { hooks, deliveryId } = await openRacing(10);
    expect(await failure(hooks.worker().runUntilIdle())).toMatchObject({ type: "VersionConflict" });
    expect(await value(hooks.deliveries.attempts(deliveryId))).toEqual([]);
  });
});
