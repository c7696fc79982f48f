import { describe, expect, it } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { aroundCalls } from "../../support/around-calls.ts";
import { publish, register, states } from "../../support/deliver-to.ts";
import { everyStorage, openHooks, value, type MemoryHooks } from "../../support/open-hooks.ts";

/** How often a page is tried. */
const MOST_TRIES = 10;

describe.each(everyStorage)("deactivating a webhook, on $name", ({ create }) => {
  /** `then` runs between a page's listing and its change, and gets the number of pages before it. */
  async function open(then: (hooks: MemoryHooks, pagesBefore: number) => Promise<void>) {
    const opened: { hooks?: MemoryHooks } = {};
    let pages = 0;
    const storage = aroundCalls(create(), async ({ name, make }) => {
      const outcome = await make();
      if (name === "deliveries.listPending" && opened.hooks) await then(opened.hooks, pages++);
      return outcome;
    });
    const logger = createRecordingLogger();
    const hooks = await openHooks({ storage, logger, clock: createFakeClock(), http: scriptedHttpClient() });
    opened.hooks = hooks;
    await register(hooks, "a");
    return { hooks, logger };
  }

  it.each([0, 1])("leaves what is published once it is active again, before page %i is changed", async (page) => {
    let published: readonly string[] = [];
    const { hooks } = await open(async (present, pagesBefore) => {
      if (pagesBefore !== page) return;
      await value(present.webhooks.update("a", { active: true }));
      published = await publish(present, 2);
    });
    await publish(hooks, 250);
    await value(hooks.webhooks.update("a", { active: false }));
    for (const id of published) expect(await value(hooks.deliveries.get(id))).toMatchObject({ state: "pending" });
    await value(hooks.worker().runUntilIdle());
    for (const id of published) expect(await value(hooks.deliveries.get(id))).toMatchObject({ state: "delivered" });
  });

  it("leaves what is pending once it is active again, even if one delivery of the page was changed too", async () => {
    const deliveries: string[] = [];
    const then = { look: false };
    const storage = aroundCalls(create(), async ({ name, make }) => {
      const outcome = await make();
      if (name === "deliveries.listPending") {
        await value(hooks.deliveries.cancel(deliveries[0] ?? ""));
        then.look = true;
      } else if (name === "deliveries.get" && then.look) {
        then.look = false;
        await value(hooks.webhooks.update("a", { active: true }));
      }
      return outcome;
    });
    const hooks = await openHooks({ storage, clock: createFakeClock() });
    await register(hooks, "a");
    deliveries.push(...(await publish(hooks, 3)));
    await value(hooks.webhooks.update("a", { active: false }));
    expect(then.look).toBe(false);
    expect(await states(hooks)).toEqual({ cancelled: 1, pending: 2 });
  });

  it("cancels all there is while other webhooks change, if each page has a try without that", async () => {
    const { hooks } = await open(async (present, pagesBefore) => {
      if (pagesBefore % MOST_TRIES !== MOST_TRIES - 1) await register(present, `other-${pagesBefore}`);
    });
    await publish(hooks, 250);
    await value(hooks.webhooks.update("a", { active: false }));
    expect(await states(hooks, "a")).toEqual({ cancelled: 250 });
  });

  it("leaves the rest to the worker if other webhooks change all the time", async () => {
    const { hooks, logger } = await open((present, pagesBefore) => register(present, `other-${pagesBefore}`));
    await publish(hooks, 3);
    await value(hooks.webhooks.update("a", { active: false }));
    expect(await states(hooks, "a")).toEqual({ pending: 3 });
    expect(logger.entries).toContainEqual(
      expect.objectContaining({
        level: "warn",
        message: expect.stringContaining("could not be cancelled; each is cancelled, not sent"),
      }),
    );
    // Its only slot is free again after each of them.
    await value(hooks.worker({ concurrency: 1 }).runUntilIdle());
    expect(await states(hooks, "a")).toEqual({ cancelled: 3 });
  });
});
