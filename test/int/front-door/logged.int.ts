import { expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { createGate } from "../../support/gate.ts";
import { openHooks, value } from "../../support/open-hooks.ts";

const event = "memory.updated";
const settings = { tenantId: "acme", events: [event], retryConfig: { maxRetries: 1 } } as const;

it("lines about a delivery have its tenant and event type, so that they can be counted by either", async () => {
  const logger = createRecordingLogger();
  const answers: Readonly<Record<string, number>> = { "https://a.example/": 200, "https://b.example/": 429 };
  const http = scriptedHttpClient(({ url }) => answers[url] ?? 500);
  const hooks = await openHooks({ logger, http, clock: createFakeClock() });
  for (const name of ["a", "b"])
    await value(hooks.webhooks.register({ ...settings, webhookId: name, url: `https://${name}.example/` }));
  const { messageId } = await value(hooks.publish({ event, payload: { memory_id: "m" }, tenantId: "acme" }));
  await value(hooks.worker({ concurrency: 1 }).runUntilIdle());

  const of = (webhookId: string) => ({ webhookId, messageId, tenantId: "acme", event });
  const lines = logger.entries.filter(({ message }) => !["webhook registered", "published"].includes(message));
  expect(lines).toMatchObject([
    { level: "info", message: "delivered", facts: { ...of("a"), attempt: 1, statusCode: 200, durationMs: 0 } },
    { level: "warn", message: "delivery attempt failed", facts: { ...of("b"), attempt: 1, failure: "HTTP 429" } },
    { level: "error", message: "delivery exhausted", facts: { ...of("b"), attempts: 1 } },
    {
      level: "warn",
      message: "webhook paused",
      facts: { webhookId: "b", tenantId: "acme", until: "2030-01-01T00:00:05.000Z" },
    },
  ]);
});

it("a pause that is over at once is not logged", async () => {
  const logger = createRecordingLogger();
  const http = scriptedHttpClient(() => ({
    statusCode: 429,
    headers: { "retry-after": "0" },
    body: "",
    truncated: false,
  }));
  const hooks = await openHooks({ logger, http, clock: createFakeClock() });
  await value(hooks.webhooks.register({ ...settings, url: "https://a.example/" }));
  await value(hooks.publish({ event, payload: { memory_id: "m" }, tenantId: "acme" }));
  await value(hooks.worker().runUntilIdle());
  const messages = logger.entries.map(({ message }) => message);
  expect(messages).toContain("delivery exhausted");
  expect(messages).not.toContain("webhook paused");
});

it("the deactivation of a webhook has its tenant and its reason", async () => {
  const logger = createRecordingLogger();
  const hooks = await openHooks({ logger, http: scriptedHttpClient(() => 410), clock: createFakeClock() });
  const { webhookId } = await value(hooks.webhooks.register({ ...settings, url: "https://a.example/" }));
  await value(hooks.publish({ event, payload: { memory_id: "m" }, tenantId: "acme" }));
  await value(hooks.worker().runUntilIdle());
  expect(logger.entries).toContainEqual({
    level: "warn",
    message: "webhook deactivated",
    facts: { webhookId, tenantId: "acme", reason: "gone" },
  });
});

it("a pause that was not made, because the failure counts for nothing, is not logged", async () => {
  const logger = createRecordingLogger();
  const late = createGate<ScriptedAnswer>();
  const http = scriptedHttpClient(() => late.opened);
  const hooks = await openHooks({ logger, http, clock: createFakeClock() });
  await value(hooks.webhooks.register({ ...settings, webhookId: "a", url: "https://a.example/" }));
  const { deliveries } = await value(hooks.publish({ event, payload: { memory_id: "m" }, tenantId: "acme" }));
  const run = hooks.worker().runUntilIdle();
  await vi.waitFor(() => expect(http.requests).toHaveLength(1));
  await value(hooks.deliveries.cancel(deliveries[0]?.deliveryId ?? ""));
  late.open(429);
  await value(run);
  expect(await value(hooks.webhooks.health("a"))).toMatchObject({ pausedUntil: null });
  expect(logger.entries.map(({ message }) => message)).toEqual(["webhook registered"]);
});
