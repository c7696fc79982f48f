import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failure, openHooks, readLedger, storages, value } from "../../support/open-hooks.ts";

const event = "memory.updated";

/** A payload whose JSON takes so many bytes. */
function payloadOf(bytes: number) {
  return { text: "x".repeat(bytes - '{"text":""}'.length) };
}

describe.each(storages)("the limit of a payload, on $name", ({ create }) => {
  it("is 256 KiB by default, and a payload may be as large but no larger", async () => {
    const hooks = await openHooks({ storage: create() });
    const limit = 256 * 1024;
    await value(hooks.publish({ event, payload: payloadOf(limit) }));
    const before = await readLedger(hooks);
    const tooLarge = { type: "PayloadTooLarge", bytes: limit + 1, limitBytes: limit };
    const message = { event, payload: payloadOf(limit + 1) } as const;
    expect(await failure(hooks.publish(message))).toMatchObject(tooLarge);
    expect(await failure(hooks.dispatch(message))).toMatchObject(tooLarge);
    const many = [{ event, payload: {} }, message] as const;
    expect(await failure(hooks.publishMany(many))).toMatchObject({ ...tooLarge, index: 1 });
    expect(await readLedger(hooks)).toEqual(before);
  });

  it("counts the bytes that are sent, whatever characters they stand for", async () => {
    const hooks = await openHooks({ storage: create(), limits: { payloadBytes: 1000 } });
    // Canonical JSON writes a horse as twelve ASCII characters.
    const horses = (count: number) => ({ text: "🐎".repeat(count) });
    await value(hooks.publish({ event, payload: horses(82) }));
    expect(await failure(hooks.publish({ event, payload: horses(83) }))).toMatchObject({ bytes: 83 * 12 + 11 });
  });
});

it("whatever the limit, a payload of as many bytes is taken, and one of a byte more is not", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 12, max: 2000 }), async (payloadBytes) => {
      const hooks = await openHooks({ limits: { payloadBytes } });
      await value(hooks.publish({ event, payload: payloadOf(payloadBytes) }));
      const error = await failure(hooks.publish({ event, payload: payloadOf(payloadBytes + 1) }));
      expect(error).toMatchObject({ type: "PayloadTooLarge", bytes: payloadBytes + 1, limitBytes: payloadBytes });
    }),
    { numRuns: 50 },
  );
});
