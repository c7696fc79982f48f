import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DeliveryEvent } from "../../src/domain/delivery/index.ts";
import { isDeliveryEvent } from "../../src/domain/ledger/index.ts";
import type { RetryConfig } from "../../src/domain/retry/index.ts";
import { openHookledger } from "../../src/index.ts";
import { memoryStorage } from "../../src/adapters/memory/index.ts";
import {
  connectionRefused,
  createFakeClock,
  createSeededRandom,
  scriptedHttpClient,
  simulateDelivery,
  timedOut,
  type SimulatedReceiver,
} from "../../src/testing/index.ts";
import { readLedger, value } from "../support/open-hooks.ts";

type Answer = ReturnType<SimulatedReceiver>;

/**
 * Delays are short, because the engine looks at its storage every second while it waits. No retry is due at once,
 * because the engine may begin such a retry before its webhook's deactivation is written.
 */
const retryConfigs: fc.Arbitrary<Partial<RetryConfig>> = fc.record(
  {
    maxRetries: fc.integer({ min: 1, max: 5 }),
    baseDelaySeconds: fc.constantFrom(0.25, 3),
    maxDelaySeconds: fc.constantFrom(0.5, 7, 20),
    backoffMultiplier: fc.constantFrom(1, 2, 3.5),
    jitterFraction: fc.constantFrom(0, 0.5, 0.75),
    scheduleSeconds: fc.constantFrom([0], [0, 5, 30], [0, 0.5, 0.5, 0.5]),
    maxRetryAfterSeconds: fc.constantFrom(0, 10, 60),
    deactivateAfterSeconds: fc.constantFrom(null, 5, 30),
  },
  { requiredKeys: [] },
);

const overloaded = fc.record({
  statusCode: fc.constantFrom(429, 503),
  body: fc.constant("later"),
  headers: fc.constantFrom({}, { "retry-after": "7" }, { "retry-after": "90" }),
});

const answers: fc.Arbitrary<readonly Answer[]> = fc.array(
  fc.oneof(fc.constantFrom<Answer>(204, 404, 410, 500, 502, connectionRefused(), timedOut()), overloaded),
  { minLength: 1, maxLength: 6 },
);

/** What the engine records of a delivery with the same answers and jitter, on a clock that only its waits advance. */
async function deliver(retryConfig: Partial<RetryConfig>, script: readonly Answer[], seed: number) {
  const clock = createFakeClock({ autoAdvance: true });
  const http = scriptedHttpClient(async (_, before) => {
    const answer = answerTo(script, before + 1);
    const isTimeout = typeof answer === "object" && "type" in answer && answer.type === "HttpTimeout";
    if (isTimeout) await clock.sleep(answer.timeoutSeconds * 1000, new AbortController().signal);
    return answer;
  });
  const hooks = await value(
    openHookledger({ storage: memoryStorage(), http, clock, random: createSeededRandom(seed) }),
  );
  const url = "https://a.example/";
  const { webhookId } = await value(
    hooks.webhooks.register({ url, events: ["memory.updated"], secret: "given", retryConfig }),
  );
  await value(hooks.publish({ event: "memory.updated", payload: {} }));
  await value(hooks.worker().runUntilIdle());
  const webhook = await value(hooks.webhooks.get(webhookId));
  const events = (await readLedger(hooks)).filter((event) => isDeliveryEvent(event));
  await value(hooks.close());
  return { active: webhook?.active, events: events.map(({ type, data }) => ({ type, data })) };
}

function answerTo(script: readonly Answer[], attempt: number): Answer {
  return script[(attempt - 1) % script.length] ?? 204;
}

/** Leaves out the first event, whose ids differ. */
function afterScheduling(events: readonly Pick<DeliveryEvent, "type" | "data">[]) {
  expect(events[0]?.type).toBe("DeliveryScheduled");
  return events.slice(1);
}

describe("a simulated delivery", () => {
  it("has the same events as the engine's delivery, and deactivates the webhook if the engine does", async () => {
    await fc.assert(
      fc.asyncProperty(retryConfigs, answers, fc.nat(), async (retryConfig, script, seed) => {
        const real = await deliver(retryConfig, script, seed);
        const receiver: SimulatedReceiver = ({ attempt }) => answerTo(script, attempt);
        const simulated = simulateDelivery(retryConfig, receiver, { seed })._unsafeUnwrap();
        expect(afterScheduling(simulated.events)).toEqual(afterScheduling(real.events));
        expect(simulated.deactivated === null).toBe(real.active);
        expect(simulated.status).not.toBe("pending");
      }),
    );
  });
});
