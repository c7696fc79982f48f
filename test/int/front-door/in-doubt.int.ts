import { describe, expect, it } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { openProcess, publish, register } from "../../support/deliver-to.ts";
import { losingTheAnswer } from "../../support/losing-the-answer.ts";
import { openHooks, storages, value } from "../../support/open-hooks.ts";

describe.each(storages)("an outcome that may or may not have been recorded, on $name", ({ create }) => {
  it.each([
    ["recorded", [204]],
    ["recorded", [500, 204]],
    ["not recorded", [204]],
    ["not recorded", [500, 204]],
  ] as const)("is in the ledger once, if it was %s: %j", async (was, answers) => {
    const http = scriptedHttpClient((_, before) => answers[before] ?? 400);
    const clock = createFakeClock({ autoAdvance: true });
    const hooks = await openProcess(losingTheAnswer(create(), was), clock, http);
    await register(hooks, "a");
    const [deliveryId = ""] = await publish(hooks);
    await value(hooks.worker().runUntilIdle());
    const attempts = await value(hooks.deliveries.attempts(deliveryId));
    expect(attempts.map(({ statusCode }) => statusCode)).toEqual(answers);
    expect(http.requests).toHaveLength(answers.length);
  });

  it.each([
    ["recorded", 204, ["delivered"]],
    ["recorded", 500, ["delivery attempt failed", "delivery exhausted"]],
    ["recorded", 410, ["delivery attempt failed", "delivery cancelled", "webhook deactivated"]],
    ["recorded, and then locked", 204, ["delivered"]],
    ["recorded, and then locked", 500, ["delivery attempt failed", "delivery exhausted"]],
    // It is the other's to log.
    ["recorded by another", 204, []],
    ["recorded by another", 500, []],
    ["not recorded", 204, ["delivered"]],
    ["not recorded", 500, ["delivery attempt failed", "delivery exhausted"]],
  ] as const)("is logged by whoever recorded it, if it was %s: %j", async (was, statusCode, told) => {
    const logger = createRecordingLogger();
    const http = scriptedHttpClient(() => statusCode);
    const clock = createFakeClock({ autoAdvance: true });
    const hooks = await openHooks({ storage: losingTheAnswer(create(), was), clock, http, logger });
    await register(hooks, "a", { retryConfig: { maxRetries: 1 } });
    await publish(hooks);
    await value(hooks.worker().runUntilIdle());
    expect(logger.entries.map(({ message }) => message)).toEqual(["webhook registered", ...told]);
  });
});
