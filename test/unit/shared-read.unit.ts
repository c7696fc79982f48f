import fc from "fast-check";
import { expect, it } from "vitest";
import { createSharedRead } from "../../src/application/webhooks/shared-read.ts";
import { createGate } from "../support/gate.ts";

it("whoever asks during a read gets the next one, which all of them share", async () => {
  let reads = 0;
  const gate = createGate<null>();
  const read = createSharedRead(async () => {
    reads += 1;
    const number = reads;
    await gate.opened;
    return number;
  });
  const asked = [read(), read(), read()];
  gate.open(null);
  expect(await Promise.all(asked)).toEqual([1, 2, 2]);
  expect(await read()).toBe(3);
});

it("a read that rejects, because of a bug, does so for those who share it, and the next is made all the same", () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 2, maxLength: 10 }), async (isBug) => {
      let reads = 0;
      const read = createSharedRead(async () => {
        const number = reads;
        reads += 1;
        if (isBug[number] === true) throw new Error("a bug");
        return number;
      });
      for (let first = 0; first < isBug.length; first = reads) {
        const answers = await Promise.allSettled([read(), read()]);
        const wanted = [first, first + 1].map((number) => (isBug[number] === true ? "rejected" : "fulfilled"));
        expect(answers.map(({ status }) => status)).toEqual(wanted);
      }
    }),
  ));
