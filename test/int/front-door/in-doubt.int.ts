import { errAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import type { DomainEvent } from "../../../src/domain/ledger/index.ts";
import type { Commit } from "../../../src/ports/commit.ts";
import { storageError } from "../../../src/ports/storage-error.ts";
import type { StorageAdapter } from "../../../src/ports/storage.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { openProcess, publish, register } from "../../support/deliver-to.ts";
import { openHooks, storages, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

type Was = "recorded" | "not recorded" | "recorded by another" | "recorded, and then locked";

/**
 * The answer to its first outcome is lost, which was recorded or not as `was` says. Recorded by another, it took a
 * millisecond longer.
 */
function losingTheAnswer(adapter: StorageAdapter, was: Was): StorageAdapter {
  let times = 0;
  return wrapStorage(adapter, ({ writer }) => ({
    writer: {
      append(commit) {
        const isOutcome = commit.streams.some(
          ({ streamId, expectedVersion: v }) => streamId.startsWith("delivery-") && typeof v === "number",
        );
        if (isOutcome) times += 1;
        if (isOutcome && times === 2 && was === "recorded, and then locked")
          return errAsync(storageError("locked", "another process holds the lock"));
        if (!isOutcome || times > 1) return writer.append(commit);
        const inDoubt = errAsync(storageError("in-doubt", "the connection was lost during a commit"));
        if (was === "not recorded") return inDoubt;
        return writer.append(was === "recorded by another" ? byAnother(commit) : commit).andThen(() => inDoubt);
      },
    },
  }));
}

function byAnother(commit: Commit): Commit {
  return { ...commit, streams: commit.streams.map((one) => ({ ...one, events: one.events.map(tookLonger) })) };
}

function tookLonger(event: DomainEvent): DomainEvent {
  if (event.type === "DeliverySucceeded")
    return { ...event, data: { ...event.data, durationMs: event.data.durationMs + 1 } };
  if (event.type === "DeliveryAttemptFailed")
    return { ...event, data: { ...event.data, durationMs: event.data.durationMs + 1 } };
  return event;
}

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
