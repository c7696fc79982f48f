import { expect, it } from "vitest";
import { createHeldUp } from "../support/revised-webhooks.ts";
import { promisesSettled } from "../support/when-idle.ts";

it("what was read before a change is not remembered after it, even if the answer comes late", async () => {
  const { refresh, changeTo, claimed, holdUp } = await createHeldUp();
  changeTo(4);
  const answerRefresh = holdUp("revision");
  const refreshed = refresh();
  const answerEarlier = holdUp("get");
  const earlier = claimed(["y"], 4);
  await promisesSettled();
  changeTo(5);
  const answerLater = holdUp("get");
  const later = claimed(["x", "y"], 5);
  await promisesSettled();
  await answerRefresh();
  await answerEarlier();
  await answerLater();
  await refreshed;
  expect(await earlier).toEqual([4]);
  expect(await later).toEqual([5, 5]);
});

it("a tenant's webhooks that were read before a change are neither shared nor remembered after it", async () => {
  const { refresh, changeTo, ofTenant, holdUp, goOn } = await createHeldUp();
  changeTo(4);
  await refresh();
  const answerEarlier = holdUp("list");
  const earlier = ofTenant("t");
  await promisesSettled();
  goOn("list");
  changeTo(5);
  await refresh();
  const later = ofTenant("t");
  await promisesSettled();
  await answerEarlier();
  expect(await earlier).toEqual({ decidedAt: 4, readAt: [4] });
  expect(await later).toEqual({ decidedAt: 5, readAt: [5] });
  expect(await ofTenant("t")).toEqual({ decidedAt: 5, readAt: [5] });
});

it("a read that a change has overtaken keeps nobody from sharing the read after the change", async () => {
  const { refresh, changeTo, ofTenant, holdUp, reads } = await createHeldUp();
  const answerEarlier = holdUp("list");
  const earlier = ofTenant("t");
  await promisesSettled();
  changeTo(1);
  await refresh();
  const answerLater = holdUp("list");
  const later = ofTenant("t");
  await promisesSettled();
  await answerEarlier();
  await earlier;
  const another = ofTenant("t");
  await promisesSettled();
  await answerLater();
  expect(await Promise.all([later, another])).toEqual(Array(2).fill({ decidedAt: 1, readAt: [1] }));
  expect(reads.filter((read) => read === "list")).toHaveLength(2);
});

it("an answer that a claim has overtaken makes nothing forgotten", async () => {
  const { refresh, changeTo, claimed, holdUp, reads } = await createHeldUp();
  changeTo(4);
  const answerRefresh = holdUp("revision");
  const refreshed = refresh();
  await promisesSettled();
  changeTo(5);
  await claimed(["y"], 5);
  await answerRefresh();
  await refreshed;
  expect(await claimed(["y"], 5)).toEqual([5]);
  expect(reads.filter((read) => read === "get")).toHaveLength(1);
});

it("a claim of an older revision does not replace what is remembered", async () => {
  const { changeTo, claimed, reads } = await createHeldUp();
  changeTo(5);
  await claimed(["y"], 5);
  expect(await claimed(["y"], 4)).toEqual([5]);
  expect(await claimed(["y"], 5)).toEqual([5]);
  expect(reads.filter((read) => read === "get")).toHaveLength(1);
});

it.each([
  { name: "a claim", look: "claim" },
  { name: "a refresh", look: "refresh" },
])(
  "$name sees that a storage was taken back to an earlier state, and nothing of before is remembered",
  async ({ look }) => {
    const { refresh, changeTo, claimed, ofTenant } = await createHeldUp();
    changeTo(10);
    await claimed(["y"], 10);
    await ofTenant("t");
    changeTo(5);
    if (look === "refresh") await refresh();
    expect(await claimed(["y"], 5)).toEqual([5]);
    expect(await ofTenant("t")).toEqual({ decidedAt: 5, readAt: [5] });
  },
);

it("what was read before a storage was taken back is not remembered, even if its revision is the same", async () => {
  const { changeTo, claimed, holdUp, goOn, reads } = await createHeldUp();
  changeTo(5);
  const answerEarlier = holdUp("get");
  const earlier = claimed(["y"], 5);
  await promisesSettled();
  goOn("get");
  changeTo(4);
  await claimed([], 4);
  changeTo(5);
  await claimed([], 5);
  await answerEarlier();
  await earlier;
  await claimed(["y"], 5);
  expect(reads.filter((read) => read === "get")).toHaveLength(2);
});

it("many who ask at once share one read, and another after a change", async () => {
  const { changeTo, ofTenant, refresh, reads } = await createHeldUp();
  const publishes = () => Promise.all(Array.from({ length: 500 }, () => refresh().then(() => ofTenant("t"))));
  for (const present of [1, 2]) {
    reads.length = 0;
    changeTo(present);
    expect(new Set((await publishes()).map(({ decidedAt, readAt }) => `${decidedAt} ${readAt.join()}`))).toEqual(
      new Set([`${present} ${present}`]),
    );
    expect(reads.filter((read) => read === "list")).toHaveLength(1);
    expect(reads.length).toBeLessThanOrEqual(6);
  }
});

it.each(["revision", "list"] as const)(
  "an error of %s fails all that share the read, and no later read",
  async (read) => {
    const { fail, ofTenant } = await createHeldUp();
    fail(read);
    const failed = await Promise.allSettled([ofTenant("t"), ofTenant("t")]);
    expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    fail(null);
    expect(await ofTenant("t")).toEqual({ decidedAt: 0, readAt: [0] });
  },
);
