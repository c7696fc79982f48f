import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createReplayGuard, verifyWebhook } from "../../src/verify/index.ts";
import { createGate } from "../support/gate.ts";
import { standardWebhooksSignature } from "../support/standard-webhooks-signature.ts";

describe("createReplayGuard", () => {
  it("takes an id once, and again when its time is over", () => {
    let time = 0;
    const guard = createReplayGuard({ keepSeconds: 10, now: () => time });
    expect([guard.take("a"), guard.take("a"), guard.take("b")]).toEqual([true, false, true]);
    time = 10_000;
    expect(guard.take("a")).toBe(false);
    time = 10_001;
    expect([guard.take("a"), guard.take("a")]).toEqual([true, false]);
  });

  it("by default takes no replay as long as its timestamp is within the tolerance, at either edge", async () => {
    const secret = "s3cret";
    const timestampSeconds = 1_767_225_600;
    const message = { messageId: "m", timestampSeconds, body: "{}" };
    const headers = {
      ...{ "webhook-id": "m", "webhook-timestamp": String(timestampSeconds) },
      "webhook-signature": standardWebhooksSignature({ ...message, secrets: [secret] }),
    };
    let now = (timestampSeconds - 300) * 1000;
    const guard = createReplayGuard({ now: () => now });
    const isTaken = async () => (await verifyWebhook({ secret, headers, body: "{}", now })).ok && guard.take("m");
    expect(await isTaken()).toBe(true);
    for (const seconds of [-300, 0, 300]) {
      now = (timestampSeconds + seconds) * 1000;
      expect((await verifyWebhook({ secret, headers, body: "{}", now })).ok).toBe(true);
      expect(await isTaken()).toBe(false);
    }
    now += 1;
    expect(await isTaken()).toBe(false);
    expect(guard.take("m")).toBe(true);
  });

  it.each([Number.NaN, 0, -1, "600", null])("refuses %j for keepSeconds or most, and names the option", (odd) => {
    for (const name of ["keepSeconds", "most"]) {
      const make = () => Reflect.apply(createReplayGuard, undefined, [{ [name]: odd }]);
      expect(make).toThrow(RangeError);
      expect(make).toThrow(name);
    }
  });

  it("takes nothing twice while the clock gives NaN", () => {
    const guard = createReplayGuard({ now: () => Number.NaN });
    expect(["a", "a", "b", "a"].map(guard.take)).toEqual([true, false, true, false]);
  });

  it("takes an id again after it was released, as for a message that could not be handled", () => {
    const guard = createReplayGuard();
    guard.take("a");
    guard.release("a");
    expect([guard.take("a"), guard.take("a")]).toEqual([true, false]);
  });

  it("remembers no more ids than `most` says, the newest ones", () => {
    const guard = createReplayGuard({ most: 2 });
    for (const id of ["a", "b", "c"]) guard.take(id);
    expect([guard.take("c"), guard.take("b"), guard.take("a")]).toEqual([false, false, true]);
  });

  it("remembers 100,000 ids unless told otherwise", () => {
    const guard = createReplayGuard({ now: () => 0 });
    for (let id = 0; id < 100_000; id += 1) guard.take(`${id}`);
    expect([guard.take("0"), guard.take("another"), guard.take("0")]).toEqual([false, true, true]);
  });

  it("never takes an id twice within its time", () => {
    const step = fc.record({ id: fc.constantFrom("a", "b", "c"), wait: fc.nat(400) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let time = 0;
        const taken = new Map<string, number>();
        const guard = createReplayGuard({ keepSeconds: 1, now: () => time });
        for (const { id, wait } of steps) {
          time += wait;
          const isFree = time > (taken.get(id) ?? -1001) + 1000;
          expect(guard.take(id)).toBe(isFree);
          if (isFree) taken.set(id, time);
        }
      }),
    );
  });

  it.each(["", null, undefined])("refuses the id %j, under which all would be one message", async (none) => {
    const guard = createReplayGuard();
    const calls: string[] = [];
    await expect(Reflect.apply(guard.once, guard, [none, () => calls.push("handled")])).rejects.toThrow(TypeError);
    expect(() => Reflect.apply(guard.take, guard, [none])).toThrow("messageId must be a string that is not empty");
    expect(calls).toEqual([]);
  });

  it("handles a message once: a repeat waits for the outcome of the first, and then does nothing", async () => {
    const guard = createReplayGuard();
    const handling = createGate<undefined>();
    const calls: string[] = [];
    const first = guard.once("a", () => (calls.push("first"), handling.opened));
    let isAnswered = false;
    const repeat = guard.once("a", () => calls.push("repeat")).finally(() => (isAnswered = true));
    await Promise.resolve();
    expect(isAnswered).toBe(false);
    handling.open(undefined);
    expect([await first, await repeat, await guard.once("a", () => calls.push("late"))]).toEqual([
      "handled",
      "repeat",
      "repeat",
    ]);
    expect(calls).toEqual(["first"]);
  });

  it("handles a message once, even if its time is over while it is handled", async () => {
    let time = 0;
    const guard = createReplayGuard({ keepSeconds: 1, now: () => time });
    const handling = createGate<undefined>();
    const calls: string[] = [];
    const first = guard.once("a", () => (calls.push("first"), handling.opened));
    time = 1001;
    const repeat = guard.once("a", () => calls.push("repeat"));
    handling.open(undefined);
    expect([await first, await repeat]).toEqual(["handled", "repeat"]);
    expect(calls).toEqual(["first"]);
  });

  it.each<[kind: string, fail: () => unknown]>([
    ["rejects", () => Promise.reject(new Error("not now"))],
    [
      "throws",
      () => {
        throw new Error("not now");
      },
    ],
  ])("fails the repeats that wait too if the handler %s, and handles the next one", async (_kind, fail) => {
    const guard = createReplayGuard();
    const outcomes = await Promise.allSettled([guard.once("a", fail), guard.once("a", () => "never")]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await guard.once("a", () => "done")).toBe("handled");
  });
});
