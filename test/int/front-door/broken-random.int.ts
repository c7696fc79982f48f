import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { guardRandom } from "../../../src/application/guard-random.ts";
import type { Random } from "../../../src/ports/random.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { createSeededRandom } from "../../../src/testing/seeded-random.ts";
import { publish, register } from "../../support/deliver-to.ts";
import { openHooks, storages, value } from "../../support/open-hooks.ts";

const good = createSeededRandom();

function throws(): never {
  throw new Error("a bug in the source of chance");
}

/** Takes any JSON for a number, as JavaScript does. */
function numberOf(json: string): number {
  const given: number = JSON.parse(json);
  return given;
}

function bytesOf(json: string): Random["bytes"] {
  const given: Uint8Array = JSON.parse(json);
  return () => given;
}

/** How a source of chance may break its promise of a fraction. */
const breaches: readonly (readonly [how: string, fraction: Random["fraction"]])[] = [
  ["throws", throws],
  ["gives NaN", () => NaN],
  ["gives a text", () => numberOf('"0.5"')],
  ["gives a negative number", () => -Infinity],
];

describe.each(storages)("a source of chance that has a bug, on $name", ({ create }) => {
  it.each(breaches)(
    "and %s loses no outcome: retries have no jitter, and what succeeded is sent once",
    async (_how, fraction) => {
      const http = scriptedHttpClient((_, before) => (before === 0 ? 500 : 204));
      const [clock, logger] = [createFakeClock({ autoAdvance: true }), createRecordingLogger()];
      const hooks = await openHooks({ storage: create(), clock, logger, http, random: { ...good, fraction } });
      await register(hooks, "a", { retryConfig: { baseDelaySeconds: 10, jitterFraction: 0.5 } });
      const [deliveryId = ""] = await publish(hooks);
      const startedAt = clock.now();
      await value(hooks.worker().runUntilIdle());
      expect(await value(hooks.deliveries.attempts(deliveryId))).toMatchObject([
        { outcome: "failed", retryAt: new Date(startedAt + 10_000).toISOString() },
        { outcome: "delivered" },
      ]);
      expect(http.requests).toHaveLength(2);
      expect(logger.entries).toContainEqual(expect.objectContaining({ level: "error" }));
    },
  );
});

it("whatever a source of chance gives, a fraction is from 0 up to 1, and is left alone if it was", () => {
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.double({ min: 0, max: 1 }), fc.json().map(numberOf)), (given) => {
      const guarded = guardRandom({ ...good, fraction: () => given }, createRecordingLogger()).fraction();
      expect(guarded).toBeGreaterThanOrEqual(0);
      expect(guarded).toBeLessThan(1);
      if (typeof given === "number" && given >= 0 && given < 1) expect(guarded).toBe(given);
    }),
  );
});

it("a source of chance that gives too few bytes, or none, makes no secret", () => {
  const giving = (bytes: Random["bytes"]) => guardRandom({ ...good, bytes }, createRecordingLogger());
  expect(() => giving((count) => new Uint8Array(count - 1)).bytes(32)).toThrow(TypeError);
  expect(() => giving(bytesOf("null")).bytes(32)).toThrow(TypeError);
  expect(giving((count) => Buffer.alloc(count)).bytes(32)).toHaveLength(32);
});
