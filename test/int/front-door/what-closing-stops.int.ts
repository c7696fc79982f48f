import { errAsync, ResultAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import { openHookledger } from "../../../src/index.ts";
import { storageError } from "../../../src/ports/storage-error.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { pass, publish, register, states } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { failure, storages, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

const network = { allow: ["127.0.0.0/8"] };

describe.each(storages)("closing, on $name", ({ create }) => {
  it("stops only the workers that have something under way, and not those that have ended", async () => {
    const clock = createFakeClock();
    const deadlines: number[] = [];
    const timed: typeof clock = {
      ...clock,
      sleep: (milliseconds, signal) => {
        if (milliseconds === 15_000) deadlines.push(milliseconds);
        return clock.sleep(milliseconds, signal);
      },
    };
    const answer = createGate<ScriptedAnswer>();
    const http = scriptedHttpClient((_, before) => (before === 0 ? 204 : answer.opened));
    const storage = create();
    const hooks = await value(openHookledger({ storage, clock: timed, http, network }));
    await register(hooks, "a");
    await publish(hooks);
    for (let run = 0; run < 5; run += 1) await value(hooks.worker().runUntilIdle());
    await publish(hooks);
    // This worker is stopped, but what it has sent is still under way.
    const worker = hooks.worker();
    await value(worker.start());
    await vi.waitFor(() => expect(http.requests).toHaveLength(2));
    await value(worker.stop({ deadlineSeconds: 0 }));
    // This worker has ended, and is started again.
    const again = hooks.worker();
    await value(again.start());
    await value(again.stop({ deadlineSeconds: 1 }));
    await value(again.start());
    const closed = hooks.close();
    await vi.waitFor(() => expect(deadlines).toHaveLength(2));
    answer.open(204);
    await value(closed);
    const reader = await value(openHookledger({ storage, network }));
    expect(await states(reader)).toEqual({ delivered: 2 });
    await value(reader.close());
  });

  it("succeeds even if a follower that was stopped before had an error", async () => {
    const storage = wrapStorage(create(), ({ checkpoints }) => ({
      checkpoints: { ...checkpoints, release: () => errAsync(storageError("disconnected", "refused for the test")) },
    }));
    const hooks = await value(openHookledger({ storage, network }));
    const follower = await value(hooks.ledger.follow({ name: "f", onEvents: () => undefined }));
    expect(await failure(follower.stop())).toMatchObject({ reason: "disconnected" });
    await value(hooks.close());
  });

  it("stops a follower that was about to begin, which then hands over nothing and fails at nothing", async () => {
    const [begun, settled] = [createGate<undefined>(), createGate<undefined>()];
    const storage = wrapStorage(create(), ({ reader }) => ({
      reader: {
        ...reader,
        settledPosition() {
          begun.open(undefined);
          const position = reader.settledPosition();
          return ResultAsync.fromSafePromise(settled.opened).andThen(() => position);
        },
      },
    }));
    const [clock, logger] = [createFakeClock(), createRecordingLogger()];
    const hooks = await value(openHookledger({ storage, clock, logger, network }));
    const following = value(hooks.ledger.follow({ name: "f", from: "now", onEvents: () => undefined }));
    await begun.opened;
    await value(hooks.close());
    settled.open(undefined);
    const follower = await following;
    await pass(clock, 1000);
    expect([follower.position(), clock.sleepers(), logger.entries]).toEqual([null, 0, []]);
  });

  it.each([{ subject: "u" }, { all: true }] as const)(
    "lets an erasure of %j finish with ten messages, and begin with no others",
    async (erasure) => {
      let onErasure: () => void = () => undefined;
      let erasures = 0;
      const storage = wrapStorage(create(), ({ writer }) => ({
        writer: {
          append(commit) {
            if (commit.erasures !== undefined) {
              erasures += 1;
              onErasure();
            }
            return writer.append(commit);
          },
        },
      }));
      const hooks = await value(openHookledger({ storage, network }));
      const messages = Array.from(
        { length: 19 },
        () => ({ event: "memory.updated", payload: {}, subject: "u" }) as const,
      );
      await value(hooks.publishMany(messages));
      const closed = new Promise<void>((resolve) => {
        onErasure = () => resolve(value(hooks.close()));
      });
      const erased = await failure(hooks.messages.erase(erasure));
      expect(erased).toMatchObject({ reason: "closed", message: expect.stringContaining("after 10 payloads") });
      await closed;
      expect(erasures).toBe(10);
    },
  );

  it("refuses a runUntilIdle that begins afterwards", async () => {
    const clock = createFakeClock();
    const handed = createGate<undefined>();
    const http = scriptedHttpClient();
    const hooks = await value(openHookledger({ storage: create(), clock, http, network }));
    await register(hooks, "a");
    await publish(hooks);
    const onEvents = vi.fn(() => handed.opened);
    await value(hooks.ledger.follow({ name: "f", onEvents }));
    await vi.waitFor(() => expect(onEvents).toHaveBeenCalled());
    const closed = hooks.close();
    const refused = hooks.worker().runUntilIdle();
    handed.open(undefined);
    await value(closed);
    expect(await failure(refused)).toMatchObject({
      reason: "closed",
      message: expect.stringContaining("hookledger is closed"),
    });
    expect(http.requests).toEqual([]);
  });
});
