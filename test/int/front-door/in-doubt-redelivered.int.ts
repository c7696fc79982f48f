import { describe, expect, it, vi } from "vitest";
import type { HttpClientAdapter } from "../../../src/ports/http-client.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { openProcess, pass, publish, register } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { losingTheAnswer, type Was } from "../../support/losing-the-answer.ts";
import { openHooks, storages, value, type MemoryHooks } from "../../support/open-hooks.ts";

interface Meanwhile {
  readonly deliveries: MemoryHooks["deliveries"];
  readonly deliveryId: string;
  open(http: HttpClientAdapter): Promise<MemoryHooks>;
}

describe.each(storages)("a last failure that may or may not have been recorded, on $name", ({ create }) => {
  /** The only attempt fails; a redelivery succeeds. `meanwhile` happens before the answer to the outcome is lost. */
  async function failing(was: Was, meanwhile: (what: Meanwhile) => Promise<unknown>) {
    const logger = createRecordingLogger();
    const storage = create();
    const clock = createFakeClock();
    const http = scriptedHttpClient((_, before) => (before === 0 ? 500 : 204));
    let happens = () => Promise.resolve<unknown>(undefined);
    const hooks = await openHooks({ storage: losingTheAnswer(storage, was, () => happens()), clock, http, logger });
    const { deliveries } = hooks;
    await register(hooks, "a", { retryConfig: { maxRetries: 1 } });
    const [deliveryId = ""] = await publish(hooks);
    const happened = createGate<undefined>();
    happens = async () => {
      await meanwhile({
        ...{ deliveries, deliveryId },
        open: (others) => openProcess(storage, clock, others),
      });
      happened.open(undefined);
    };
    await value(hooks.worker().start());
    await happened.opened;
    await pass(clock, 1000, 100);
    return {
      told: logger.entries.map(({ message }) => message).sort(),
      attempts: () => value(deliveries.attempts(deliveryId)),
    };
  }

  it("is logged if it was, even if the delivery was redelivered before that was known", async () => {
    const { told, attempts } = await failing("recorded", ({ deliveries, deliveryId }) =>
      value(deliveries.redeliver(deliveryId)),
    );
    expect(told).toEqual(["delivered", "delivery attempt failed", "delivery exhausted", "webhook registered"]);
    expect(await attempts()).toMatchObject([{ statusCode: 500 }, { statusCode: 204 }]);
  });

  it("is logged if it was, even if another worker has taken up the redelivery by then", async () => {
    const answer = createGate<number>();
    const http = scriptedHttpClient(() => answer.opened);
    const { told, attempts } = await failing("recorded", async ({ deliveryId, open }) => {
      const other = await open(http);
      await value(other.deliveries.redeliver(deliveryId));
      await value(other.worker().start());
      await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    });
    answer.open(201);
    expect(told).toEqual(["delivery attempt failed", "delivery exhausted", "webhook registered"]);
    await vi.waitFor(async () => expect(await attempts()).toMatchObject([{ statusCode: 500 }, { statusCode: 201 }]));
  });

  it("counts for nothing if it was not, and the delivery was cancelled and redelivered meanwhile", async () => {
    const { told, attempts } = await failing("not recorded", async ({ deliveryId, open }) => {
      // In another process, so that the worker takes it up only at its next poll, after the append is tried again.
      const { deliveries } = await open(scriptedHttpClient());
      await value(deliveries.cancel(deliveryId));
      await value(deliveries.redeliver(deliveryId));
    });
    expect(told).not.toContain("delivery attempt failed");
    await vi.waitFor(async () => expect(await attempts()).toMatchObject([{ attempt: 1, statusCode: 204 }]));
  });
});
