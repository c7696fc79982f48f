import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCountingIds, createRecordingLogger, createSeededRandom } from "../../src/testing/index.ts";

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("createCountingIds", () => {
  it("makes UUIDv7s that sort in the order of their making, the same in every run", () => {
    const [ids, again] = [createCountingIds(), createCountingIds()];
    const made = Array.from({ length: 300 }, () => ids.next());
    expect(made.filter((id) => !UUID_V7.test(id))).toEqual([]);
    expect([...new Set(made)].sort()).toEqual(made);
    expect(made.map(() => again.next())).toEqual(made);
  });
});

describe("createSeededRandom", () => {
  it("gives the same for the same seed, and something else for another", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.nat(40), (seed, count) => {
        const [one, same] = [createSeededRandom(seed), createSeededRandom(seed)];
        const bytes = one.bytes(count);
        expect(bytes).toHaveLength(count);
        expect(same.bytes(count)).toEqual(bytes);
        expect(same.fraction()).toBe(one.fraction());
        const other = createSeededRandom(seed === 0 ? 1 : -seed);
        expect(other.bytes(32)).not.toEqual(createSeededRandom(seed).bytes(32));
      }),
    );
  });

  it("gives fractions from all of the range from 0 up to, not including, 1", () => {
    const random = createSeededRandom();
    const fractions = Array.from({ length: 200_000 }, () => random.fraction());
    const inOrder = fractions.toSorted((left, right) => left - right);
    expect([inOrder.at(0), inOrder.at(-1)]).toEqual([0, 1 - 2 ** -16]);
  });
});

describe("createRecordingLogger", () => {
  it("remembers each entry with its level, in order", () => {
    const logger = createRecordingLogger();
    logger.warn("one", { a: 1 });
    logger.error("two", {});
    logger.info("three", { b: null });
    expect(logger.entries).toEqual([
      { level: "warn", message: "one", facts: { a: 1 } },
      { level: "error", message: "two", facts: {} },
      { level: "info", message: "three", facts: { b: null } },
    ]);
  });
});
