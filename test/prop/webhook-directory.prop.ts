import fc from "fast-check";
import { expect, it } from "vitest";
import { createRevisedWebhooks } from "../support/revised-webhooks.ts";
import { promisesSettled } from "../support/when-idle.ts";

const schedulers = fc.scheduler({ act: (step) => step().then(promisesSettled) });

const asks = fc.array(fc.constantFrom("change", "claim", "claim", "refresh", "publish", "publish to one"), {
  ...{ minLength: 5, maxLength: 30 },
});

it("whatever overtakes what, no claim or publish gets a webhook from before the change that it must see", () =>
  fc.assert(
    fc.asyncProperty(schedulers, asks, async (scheduler, asked) => {
      const { refresh, revision, changeTo, claimed, ofTenant } = await createRevisedWebhooks((read) =>
        scheduler.schedule(Promise.resolve(), read),
      );
      async function claim(): Promise<void> {
        const present = revision();
        await scheduler.schedule(Promise.resolve(), "the claim's answer");
        const webhooks = await claimed(["x", "y"], present);
        for (const readAt of webhooks) expect(readAt).toBeGreaterThanOrEqual(present);
      }

      async function publish(least: number): Promise<void> {
        const { decidedAt, readAt } = await ofTenant("t");
        expect(decidedAt).toBeGreaterThanOrEqual(least);
        // One of a later revision does no harm; one of an earlier revision would be committed as if it were current.
        for (const at of readAt) expect(at).toBeGreaterThanOrEqual(decidedAt);
      }

      const does: Record<(typeof asked)[number], () => unknown> = {
        change: () => changeTo(revision() + 1),
        claim,
        refresh,
        publish: () => publish(0),
        async "publish to one"() {
          const present = revision();
          await refresh();
          await publish(present);
        },
      };
      async function all(): Promise<void> {
        const under: unknown[] = [];
        for (const ask of asked) {
          await scheduler.schedule(Promise.resolve(), ask);
          under.push(does[ask]());
        }
        await Promise.all(under);
      }

      await scheduler.waitFor(all());
    }),
    { numRuns: 300 },
  ));
