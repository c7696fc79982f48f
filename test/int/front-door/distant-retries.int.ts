import { describe, expect, it } from "vitest";
import { memoryStorage } from "../../../src/adapters/memory/index.ts";
import { standardWebhooksSchedule } from "../../../src/index.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { connectionRefused, scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { openHooks, value } from "../../support/open-hooks.ts";

const event = "memory.updated";
const payload = { memory_id: "m-1" };
const down = "https://down.example/";
const later = "https://later.example/";

describe("runUntilIdle, while all that is pending is far away", () => {
  it("looks less and less often: the three days of the standard schedule take some thousands of looks", async () => {
    const clock = createFakeClock({ autoAdvance: true });
    let looks = 0;
    const counting: typeof clock = {
      ...clock,
      sleep: (milliseconds, signal) => {
        looks += 1;
        return clock.sleep(milliseconds, signal);
      },
    };
    const http = scriptedHttpClient(() => connectionRefused());
    const hooks = await openHooks({ clock: counting, http });
    const retryConfig = { scheduleSeconds: standardWebhooksSchedule };
    await value(hooks.webhooks.register({ url: down, events: [event], retryConfig }));
    await value(hooks.publish({ event, payload }));
    await value(hooks.worker().runUntilIdle());
    expect(http.requests).toHaveLength(standardWebhooksSchedule.length);
    expect(looks).toBeLessThan(15_000);
  });

  it("sees what another process publishes after a sixteenth of the time that it has waited", async () => {
    const clock = createFakeClock({ autoAdvance: true });
    const startedAt = clock.now();
    const sentAt: number[] = [];
    const http = scriptedHttpClient(({ url }) => {
      if (url === down) return clock.now() === startedAt ? connectionRefused() : 204;
      sentAt.push(clock.now());
      return 204;
    });
    const storage = memoryStorage();
    const [waiting, other] = [await openHooks({ storage, clock, http }), await openHooks({ storage, clock, http })];
    const retryConfig = { scheduleSeconds: [0, 7200] };
    await value(waiting.webhooks.register({ url: down, events: [event], retryConfig }));
    const { webhookId } = await value(waiting.webhooks.register({ url: later, events: [] }));
    await value(waiting.publish({ event, payload }));
    const idle = value(waiting.worker().runUntilIdle());
    await clock.sleep(160_000, new AbortController().signal);
    const publishedAt = clock.now();
    await value(other.publish({ event, payload, webhookId }));
    await idle;
    expect(sentAt.map((at) => at - publishedAt <= 160_000 / 16)).toEqual([true]);
  });
});
