import { ResultAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { publish, register, states } from "../../support/deliver-to.ts";
import { everyStorage, openHooks, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

const MINUTE = 60_000;

describe.each(everyStorage)("a webhook that is about to be deactivated for failing, on $name", ({ create }) => {
  /** It has failed for as long as it may. `beforeAppend` takes what happens once, before that is recorded. */
  async function openFailing() {
    let between: (() => Promise<unknown>) | null = null;
    const storage = wrapStorage(create(), ({ writer }) => ({
      writer: {
        append(commit) {
          const happens = between;
          const types = commit.streams.flatMap(({ events }) => events.map(({ type }) => type));
          if (happens === null || !types.includes("WebhookDeactivated")) return writer.append(commit);
          between = null;
          return ResultAsync.fromSafePromise(happens()).andThen(() => writer.append(commit));
        },
      },
    }));
    const receiver = { answers: 500 };
    const clock = createFakeClock();
    const logger = createRecordingLogger();
    const hooks = await openHooks({ storage, clock, logger, http: scriptedHttpClient(() => receiver.answers) });
    const attempt = async () => {
      await publish(hooks);
      await value(hooks.worker().runUntilIdle());
    };
    await register(hooks, "a", { retryConfig: { maxRetries: 1, deactivateAfterSeconds: 600 } });
    await attempt();
    clock.advance(10 * MINUTE);
    const beforeAppend = (happens: () => Promise<unknown>) => void (between = happens);
    const told = () => logger.entries.map(({ message }) => message).filter((message) => message.includes("deactivat"));
    return { hooks, receiver, attempt, beforeAppend, told };
  }

  it("stays active if it takes a message meanwhile, and what is pending for it is sent", async () => {
    const { hooks, receiver, attempt, beforeAppend, told } = await openFailing();
    beforeAppend(async () => {
      receiver.answers = 204;
      await attempt();
    });
    await attempt();
    expect(await value(hooks.webhooks.get("a"))).toMatchObject({ active: true, deactivationReason: null });
    await attempt();
    expect(await states(hooks)).toEqual({ exhausted: 2, delivered: 2 });
    expect(told()).toEqual([]);
  });

  it("stays active if it fails again after it took a message meanwhile", async () => {
    const { hooks, receiver, attempt, beforeAppend } = await openFailing();
    beforeAppend(async () => {
      receiver.answers = 204;
      await attempt();
      receiver.answers = 500;
      await attempt();
    });
    await attempt();
    expect(await value(hooks.webhooks.get("a"))).toMatchObject({ active: true });
  });

  it("stays active if the operator deactivates and activates it meanwhile", async () => {
    const { hooks, attempt, beforeAppend } = await openFailing();
    beforeAppend(async () => {
      await value(hooks.webhooks.update("a", { active: false }));
      await value(hooks.webhooks.update("a", { active: true }));
    });
    await attempt();
    expect(await value(hooks.webhooks.get("a"))).toMatchObject({ active: true, deactivationReason: null });
  });

  it("stays active if it is permitted to fail for longer meanwhile", async () => {
    const { hooks, attempt, beforeAppend } = await openFailing();
    beforeAppend(() => value(hooks.webhooks.update("a", { retryConfig: { deactivateAfterSeconds: 601 } })));
    await attempt();
    expect(await value(hooks.webhooks.get("a"))).toMatchObject({ active: true });
  });

  it("is still deactivated if it is changed otherwise meanwhile", async () => {
    const { hooks, attempt, beforeAppend } = await openFailing();
    beforeAppend(() => value(hooks.webhooks.update("a", { retryConfig: { deactivateAfterSeconds: 599 } })));
    await attempt();
    expect(await value(hooks.webhooks.get("a"))).toMatchObject({ active: false, deactivationReason: "failing" });
  });

  it("is deactivated, although it takes a message meanwhile, if it says that it is gone", async () => {
    const { hooks, receiver, attempt, beforeAppend } = await openFailing();
    beforeAppend(async () => {
      receiver.answers = 204;
      await attempt();
    });
    receiver.answers = 410;
    await attempt();
    expect(await value(hooks.webhooks.get("a"))).toMatchObject({ active: false, deactivationReason: "gone" });
  });
});
