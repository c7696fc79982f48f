import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { asAsctimeDate, asImfFixdate, asRfc850Date } from "../../support/http-dates.ts";
import { answer, openProcess, pass, publish, register, states, urlOf } from "../../support/deliver-to.ts";
import { storages, value } from "../../support/open-hooks.ts";

const NOW = createFakeClock().now();
const asSeconds = (instant: number) => String((instant - NOW) / 1000);

describe.each(storages)("a receiver that has more than it can take, on $name", ({ create }) => {
  /** Two processes over one storage, and a webhook whose first request is answered by `first`. */
  async function overloaded(first: ScriptedAnswer, retryConfig = {}) {
    const storage = create();
    const clock = createFakeClock();
    let requests = 0;
    const http = scriptedHttpClient(({ url }) => {
      if (url !== urlOf("busy")) return 204;
      requests += 1;
      return requests === 1 ? first : 204;
    });
    const one = await openProcess(storage, clock, http);
    const two = await openProcess(storage, clock, http);
    await register(one, "busy", { retryConfig: { baseDelaySeconds: 1, ...retryConfig } });
    const deliveryIds = await publish(one, 5);
    await value(one.worker({ perWebhookConcurrency: 1 }).start());
    await vi.waitFor(() => expect(http.requests).not.toHaveLength(0));
    await pass(clock, 250);
    await value(two.worker().start());
    return { clock, one, two, deliveryIds, requests: () => requests };
  }

  it.each([
    [429, "seconds", asSeconds],
    [503, "seconds", asSeconds],
    [429, "an IMF-fixdate", asImfFixdate],
    [503, "an RFC 850 date", asRfc850Date],
    [503, "an asctime date", asAsctimeDate],
  ])(
    "sends a %i with Retry-After in %s: the webhook pauses in every worker, and no other delivery loses an attempt",
    async (status, _form, format) => {
      const retryAfter = format(NOW + 60_000);
      const { clock, one, two, deliveryIds, requests } = await overloaded(
        answer(status, { "retry-after": retryAfter }),
      );
      await pass(clock, 59_500);
      expect(requests()).toBe(1);
      expect(await states(two)).toEqual({ pending: 5 });
      // What is published meanwhile waits too, but no other webhook waits.
      await register(one, "other");
      await publish(two);
      await vi.waitFor(async () => expect(await states(one, "other")).toEqual({ delivered: 1 }));
      expect(requests()).toBe(1);
      await pass(clock, 1000);
      await vi.waitFor(async () => expect(await states(one)).toEqual({ delivered: 7 }));
      for (const [index, deliveryId] of deliveryIds.entries())
        expect(await value(one.deliveries.get(deliveryId))).toMatchObject({ attempts: index === 0 ? 2 : 1 });
    },
  );

  it.each([
    ["a 502 for 5 s, whatever the backoff", answer(502, {}), {}, 5],
    ["a 504 for 5 s", answer(504, {}), {}, 5],
    ["a 429 that does not say for how long for 5 s", answer(429, {}), {}, 5],
    ["a 503 that says it unreadably for 5 s", answer(503, { "retry-after": "in a while" }), {}, 5],
    ["a day for no more than an hour", answer(429, { "retry-after": "86400" }), {}, 3600],
    [
      "a day for no more than maxRetryAfterSeconds",
      answer(503, { "retry-after": "86400" }),
      { maxRetryAfterSeconds: 7 },
      7,
    ],
    ["a wait of no time at all not at all", answer(429, { "retry-after": "0" }), {}, 0],
  ])("pauses for %s", async (_what, first, retryConfig, seconds) => {
    const { clock, two, requests } = await overloaded(first, retryConfig);
    if (seconds > 0) {
      await pass(clock, seconds * 1000 - 750, 250 * Math.max(1, Math.floor(seconds / 60)));
      expect(requests()).toBe(1);
      await pass(clock, 500);
    }
    await vi.waitFor(() => expect(requests()).toBeGreaterThanOrEqual(5));
    await pass(clock, 2000);
    expect(await states(two)).toEqual({ delivered: 5 });
  });

  it("is not paused by a failure of another kind: its other deliveries go on at once", async () => {
    const { clock, one, requests } = await overloaded(answer(500, { "retry-after": "60" }));
    await vi.waitFor(async () => expect(await states(one)).toEqual({ delivered: 4, pending: 1 }));
    await pass(clock, 1000);
    expect(requests()).toBe(6);
  });

  it("is waited for by dispatch too", async () => {
    const clock = createFakeClock();
    const http = scriptedHttpClient((_, before) => (before === 0 ? answer(429, { "retry-after": "30" }) : 204));
    const hooks = await openProcess(create(), clock, http);
    await register(hooks, "a");
    const dispatched = hooks.dispatch({ event: "memory.updated", payload: {} });
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    await pass(clock, 29_750);
    expect(http.requests).toHaveLength(1);
    await pass(clock, 500);
    expect(await value(dispatched)).toMatchObject([{ success: true, statusCode: 204 }]);
  });
});
