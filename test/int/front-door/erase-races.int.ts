import { ResultAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import type { Storage } from "../../../src/ports/storage.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { event, register, states } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { failure, openHooks, readLedger, storages, value, type MemoryHooks } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

type Step = "page" | "stream" | "append";

describe.each(storages)("what happens while a message is being erased, on $name", ({ create }) => {
  /** `before` takes what is to happen once, before a step of the erasure. */
  async function openBetween(script: (before: number) => ScriptedAnswer | Promise<ScriptedAnswer> = () => 204) {
    const pending = new Map<Step, () => Promise<unknown>>();
    let purged = 0;
    const first = (step: Step): ResultAsync<unknown, never> => {
      const happens = pending.get(step) ?? (() => Promise.resolve());
      pending.delete(step);
      return ResultAsync.fromSafePromise(happens());
    };
    const between = ({ messages, reader, writer }: Storage): Partial<Storage> => ({
      messages: {
        ...messages,
        aboutSubject: (...about) => messages.aboutSubject(...about).andThen((page) => first("page").map(() => page)),
        purge() {
          purged += 1;
          return messages.purge();
        },
      },
      reader: {
        ...reader,
        readStream: (id) =>
          id.startsWith("message-") ? first("stream").andThen(() => reader.readStream(id)) : reader.readStream(id),
      },
      writer: {
        append: (commit) =>
          commit.erasures === undefined ? writer.append(commit) : first("append").andThen(() => writer.append(commit)),
      },
    });
    const http = scriptedHttpClient((_, count) => script(count));
    const clock = createFakeClock();
    const hooks = await openHooks({ storage: wrapStorage(create(), between), http, clock });
    return {
      ...{ hooks, http, clock, purges: () => purged },
      before: (step: Step, happens: () => Promise<unknown>) => void pending.set(step, happens),
    };
  }

  const about = (hooks: MemoryHooks) => value(hooks.publish({ event, payload: {}, subject: "u-1" }));

  it("one of the subject's messages is pruned: it counts as none, and the others are erased", async () => {
    const { hooks, clock, before, purges } = await openBetween();
    const pruned = await about(hooks);
    clock.advance(1);
    await about(hooks);
    before("page", () => value(hooks.ledger.prune({ finishedBefore: new Date(clock.now()) })));
    expect(await value(hooks.messages.erase({ subject: "u-1" }))).toEqual({ erased: 1 });
    expect(purges()).toBe(1);
    expect(await value(hooks.ledger.readStream(`message-${pruned.messageId}`))).toEqual([]);
  });

  it("the message is pruned after it was looked at: it is not found, and nothing tells of it", async () => {
    const { hooks, clock, before } = await openBetween();
    const { messageId } = await about(hooks);
    clock.advance(1);
    before("stream", () => value(hooks.ledger.prune({ finishedBefore: new Date(clock.now()) })));
    expect(await failure(hooks.messages.erase({ messageId }))).toMatchObject({ type: "MessageNotFound", messageId });
    expect(await readLedger(hooks)).toEqual([]);
  });

  it("a delivery of it that had ended is attempted again: it is cancelled, and nothing of the answer is kept", async () => {
    const late = createGate<ScriptedAnswer>();
    const { hooks, http, before } = await openBetween((count) => (count === 0 ? 500 : late.opened));
    await register(hooks, "a", { retryConfig: { maxRetries: 1 } });
    const { messageId, deliveries } = await about(hooks);
    const [{ deliveryId } = { deliveryId: "" }] = deliveries;
    const worker = hooks.worker();
    await value(worker.runUntilIdle());
    expect(await states(hooks)).toEqual({ exhausted: 1 });
    before("append", async () => {
      await value(hooks.deliveries.redeliver(deliveryId));
      await value(worker.start());
      await vi.waitFor(() => expect(http.requests).toHaveLength(2));
    });
    expect(await value(hooks.messages.erase({ messageId }))).toEqual({ erased: 1 });
    expect(await states(hooks)).toEqual({ cancelled: 1 });
    late.open({ statusCode: 500, body: "echo: u-1" });
    await value(worker.stop());
    expect(await value(hooks.deliveries.attempts(deliveryId))).toMatchObject([{ response: null }]);
    expect(await states(hooks)).toEqual({ cancelled: 1 });
  });
});
