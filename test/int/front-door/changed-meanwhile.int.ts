import { describe, expect, it } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { answer, openProcess, publish, register, urlOf } from "../../support/deliver-to.ts";
import { openHooks, storages, value } from "../../support/open-hooks.ts";
import { withBeforeDecision, wrapStorage } from "../../support/wrap-storage.ts";

const MINUTE = 60_000;

describe.each(storages)(
  "a webhook that is changed between a look at its row and the decision, on $name",
  ({ create }) => {
    async function openBetween(script: (url: string) => ScriptedAnswer) {
      const { storage, beforeDecision } = withBeforeDecision(create());
      const clock = createFakeClock();
      const hooks = await openHooks({ storage, clock, http: scriptedHttpClient(({ url }) => script(url)) });
      const worker = hooks.worker();
      const attempt = async () => {
        await publish(hooks);
        await value(worker.runUntilIdle());
      };
      return { hooks, clock, attempt, beforeDecision };
    }

    it("is not failing once it is activated, if it was deactivated for failing just before", async () => {
      const { hooks, clock, attempt, beforeDecision } = await openBetween(() => 500);
      await register(hooks, "a", { retryConfig: { maxRetries: 1, deactivateAfterSeconds: 600 } });
      await attempt();
      clock.advance(10 * MINUTE);
      beforeDecision(async () => {
        await attempt();
        expect(await value(hooks.webhooks.get("a"))).toMatchObject({ active: false, deactivationReason: "failing" });
      });
      expect(await value(hooks.webhooks.update("a", { active: true }))).toMatchObject({ active: true });
      await attempt();
      expect(await value(hooks.webhooks.get("a"))).toMatchObject({ active: true });
    });

    it("counts its failures since somebody else activated it, if it is activated again", async () => {
      const { hooks, clock, attempt, beforeDecision } = await openBetween(() => 500);
      await register(hooks, "a", { retryConfig: { maxRetries: 1, deactivateAfterSeconds: 600 } });
      await value(hooks.webhooks.update("a", { active: false }));
      beforeDecision(async () => {
        await value(hooks.webhooks.update("a", { active: true }));
        await attempt();
        clock.advance(10 * MINUTE);
      });
      await value(hooks.webhooks.update("a", { active: true }));
      await attempt();
      expect(await value(hooks.webhooks.get("a"))).toMatchObject({ active: false, deactivationReason: "failing" });
    });

    it("is not deactivated for the 410 of its old URL, if it has another URL by then", async () => {
      const { hooks, attempt, beforeDecision } = await openBetween((url) =>
        url === urlOf("old") ? answer(410, {}) : 204,
      );
      await register(hooks, "old");
      beforeDecision(() => value(hooks.webhooks.update("old", { url: urlOf("new") })));
      await attempt();
      expect(await value(hooks.webhooks.get("old"))).toMatchObject({ active: true, url: urlOf("new") });
    });
  },
);

it.each(storages)(
  "a webhook that is changed between two rounds of a claim is sent all of it at its new URL, on $name",
  async ({ create }) => {
    const storage = create();
    const revisions: number[] = [];
    // A claim's first delivery was found before the change, in another transaction than the rest.
    const inRounds = wrapStorage(storage, ({ queue }) => ({
      queue: {
        ...queue,
        claim: (ask) =>
          queue.claim(ask).map((found) => {
            revisions.push(...found.map(({ webhooksRevision }) => webhooksRevision));
            const [webhooksRevision = 0] = revisions;
            return found.map((one, index) => (index === 0 ? { ...one, webhooksRevision } : one));
          }),
      },
    }));
    const [clock, http] = [createFakeClock(), scriptedHttpClient()];
    const hooks = await openProcess(inRounds, clock, http);
    await register(hooks, "old");
    await publish(hooks);
    await value(hooks.worker().runUntilIdle());
    const other = await openProcess(storage, clock, http);
    await publish(other, 2);
    await value(other.webhooks.update("old", { url: urlOf("new") }));
    await value(hooks.worker().runUntilIdle());
    expect(http.requests.map(({ url }) => url)).toEqual(["old", "new", "new"].map(urlOf));
  },
);
