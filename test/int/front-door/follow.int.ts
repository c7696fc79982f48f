import { createRequire } from "node:module";
import { err } from "neverthrow";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Following, RecordedEvent } from "../../../src/index.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";
import { createGate } from "../../support/gate.ts";
import { failure, openHooks, readLedger, everyStorage, value, type MemoryHooks } from "../../support/open-hooks.ts";

/** An `Err` of the application's own copy of neverthrow, as a bundler makes one: its class is another. */
function errOfAnotherCopy(error: string): unknown {
  const require = createRequire(import.meta.url);
  Reflect.deleteProperty(require.cache, require.resolve("neverthrow"));
  const copy: { readonly err: typeof err } = require("neverthrow");
  expect(copy.err).not.toBe(err);
  return copy.err(error);
}

const url = "http://127.0.0.1:9/hook";
/** How often a follower that does not lead looks whether another still does. */
const POLL_MS = 250;

async function registerMany(hooks: MemoryHooks, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) await value(hooks.webhooks.register({ url, events: ["memory.updated"] }));
}

/** Follows, and keeps what was handed over, batch by batch. */
async function collect(hooks: MemoryHooks, following: Partial<Following> = {}) {
  const batches: (readonly RecordedEvent[])[] = [];
  const onEvents = (events: readonly RecordedEvent[]) => void batches.push(events);
  const follower = await value(hooks.ledger.follow({ name: "n", onEvents, ...following }));
  onTestFinished(async () => {
    await value(follower.stop());
  });
  return { follower, batches, events: () => batches.flat() };
}

describe.each(everyStorage)("following the ledger on $name", ({ create }) => {
  it("hands over all events, past and new, in order and in batches, each once", async () => {
    const hooks = await openHooks({ storage: create() });
    await registerMany(hooks, 5);
    const { batches, events, follower } = await collect(hooks, { batchSize: 2 });
    await vi.waitFor(() => expect(events()).toHaveLength(5));
    await registerMany(hooks, 2);
    await vi.waitFor(() => expect(events()).toHaveLength(7));
    expect(events()).toEqual(await readLedger(hooks));
    expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(2);
    await vi.waitFor(() => expect(follower.position()).toBe(events().at(-1)?.position));
  });

  it("goes on where the last follower of its name was, and begins at the start under another name", async () => {
    const hooks = await openHooks({ storage: create() });
    await registerMany(hooks, 2);
    const first = await collect(hooks);
    await vi.waitFor(() => expect(first.events()).toHaveLength(2));
    await value(first.follower.stop());
    expect(first.follower.position()).toBeNull();
    await registerMany(hooks, 1);
    const second = await collect(hooks);
    const other = await collect(hooks, { name: "m" });
    await vi.waitFor(() => expect([second.events().length, other.events().length]).toEqual([1, 3]));
    expect([...first.events(), ...second.events()]).toEqual(await readLedger(hooks));
  });

  it("begins with what is appended from now on, or after a position, if it is told to", async () => {
    const hooks = await openHooks({ storage: create() });
    await registerMany(hooks, 3);
    const now = await collect(hooks, { name: "now", from: "now" });
    const [, second] = await readLedger(hooks);
    const after = await collect(hooks, { name: "after", from: second?.position ?? 0 });
    await registerMany(hooks, 1);
    await vi.waitFor(() => expect([now.events().length, after.events().length]).toEqual([1, 2]));
    expect(after.events()).toEqual((await readLedger(hooks)).slice(2));
  });

  it("hands an event over again until the application succeeds, and none after it before", async () => {
    const logger = createRecordingLogger();
    const hooks = await openHooks({ storage: create(), logger });
    await registerMany(hooks, 2);
    const given: number[] = [];
    const answers: (() => unknown)[] = [
      () => {
        throw Object.assign(new Error("the projection is down: Bearer s3cret"), { code: "08006" });
      },
      () => Promise.reject(new TypeError("it still is")),
      () => err("refused"),
      () => errOfAnotherCopy("refused"),
    ];
    const onEvents = (events: readonly RecordedEvent[]) => {
      given.push(...events.map(({ position }) => position));
      return answers.shift()?.();
    };
    await collect(hooks, { onEvents, batchSize: 1 });
    await vi.waitFor(() => expect(given).toHaveLength(6));
    const [first = 0, second = 0] = (await readLedger(hooks)).map(({ position }) => position);
    expect(given).toEqual([first, first, first, first, first, second]);
    const errors = logger.entries.filter(({ level }) => level === "error");
    expect(errors.map(({ facts }) => facts)).toEqual([
      { name: "n", error: "onEvents threw", cause: "Error", code: "08006" },
      { name: "n", error: "onEvents threw", cause: "TypeError" },
      { name: "n", error: "onEvents answered with an Err" },
      { name: "n", error: "onEvents answered with an Err" },
    ]);
  });

  it("lets one of two followers of a name lead, and when it stops, the other goes on from there", async () => {
    const hooks = await openHooks({ storage: create() });
    await registerMany(hooks, 2);
    const one = await collect(hooks);
    await vi.waitFor(() => expect(one.events()).toHaveLength(2));
    const two = await collect(hooks);
    await registerMany(hooks, 2);
    await vi.waitFor(() => expect(one.events()).toHaveLength(4));
    expect([two.events(), two.follower.position()]).toEqual([[], null]);
    await value(one.follower.stop());
    await registerMany(hooks, 1);
    await vi.waitFor(() => expect(two.events()).toHaveLength(1));
    expect([...one.events(), ...two.events()]).toEqual(await readLedger(hooks));
  });

  it("takes over from one that has died, when its lease ends", async () => {
    const clock = createFakeClock();
    const leaseEnd = clock.now() + 600;
    let leads: () => Promise<unknown> = () => Promise.resolve();
    const storage = wrapStorage(create(), ({ checkpoints }) => {
      leads = async () => checkpoints.lead({ name: "n", owner: "dead", now: clock.now(), until: leaseEnd }, 0);
      return {};
    });
    const hooks = await openHooks({ storage, clock });
    await registerMany(hooks, 1);
    await leads();
    const handedAt: number[] = [];
    const { follower } = await collect(hooks, { onEvents: (events) => void handedAt.push(...events.map(clock.now)) });
    expect(follower.position()).toBeNull();
    await vi.waitFor(() => {
      clock.advance(POLL_MS);
      expect(handedAt).toHaveLength(1);
    });
    expect(handedAt[0]).toBeGreaterThanOrEqual(leaseEnd);
  });

  it("keeps the lead while the application takes longer than its lease", async () => {
    const clock = createFakeClock();
    const hooks = await openHooks({ storage: create(), clock });
    await registerMany(hooks, 1);
    const working = createGate<undefined>();
    const given: unknown[] = [];
    const slow = await collect(hooks, {
      leaseSeconds: 1,
      onEvents: (events) => {
        given.push(...events);
        return working.opened;
      },
    });
    await vi.waitFor(() => expect(given).toHaveLength(1));
    const rival = await collect(hooks, { leaseSeconds: 1 });
    for (let passed = 0; passed < 3000; passed += POLL_MS) {
      // Each follower sleeps again once it has asked for the lead.
      await vi.waitFor(() => expect(clock.sleepers()).toBe(2));
      expect(rival.follower.position()).toBeNull();
      clock.advance(POLL_MS);
    }
    working.open(undefined);
    await value(slow.follower.stop());
    await registerMany(hooks, 1);
    await vi.waitFor(() => {
      clock.advance(POLL_MS);
      expect(rival.events()).toHaveLength(1);
    });
    expect(given).toHaveLength(1);
    expect([...given, ...rival.events()]).toEqual(await readLedger(hooks));
  });

  it("keeps close waiting for the batch under way", async () => {
    const hooks = await openHooks({ storage: create() });
    await registerMany(hooks, 1);
    const [begun, working] = [createGate<undefined>(), createGate<undefined>()];
    await collect(hooks, {
      onEvents: () => {
        begun.open(undefined);
        return working.opened;
      },
    });
    await begun.opened;
    let closed = false;
    const closing = hooks.close().map(() => (closed = true));
    await registerManyTurns();
    expect(closed).toBe(false);
    working.open(undefined);
    await value(closing);
  });

  it.each([
    [{ name: "" }, "name"],
    [{ onEvents: "no function" }, "onEvents"],
    [{ batchSize: 0 }, "batchSize"],
    [{ batchSize: 1001 }, "batchSize"],
    [{ leaseSeconds: 0.9 }, "leaseSeconds"],
    [{ leaseSeconds: 3600.1 }, "leaseSeconds"],
    [{ leaseSeconds: Number.NaN }, "leaseSeconds"],
    [{ from: "yesterday" }, "from"],
    [{ from: -1 }, "from"],
  ])("refuses %j as InvalidInput", async (wrong, field) => {
    const hooks = await openHooks({ storage: create() });
    const following = { name: "n", onEvents: () => undefined, ...wrong };
    // @ts-expect-error: JavaScript may pass anything.
    expect(await failure(hooks.ledger.follow(following))).toMatchObject({ type: "InvalidInput", field });
  });
});

/** Some turns of the event loop, so that whatever was about to happen has happened. */
async function registerManyTurns(): Promise<void> {
  for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => setImmediate(resolve));
}
