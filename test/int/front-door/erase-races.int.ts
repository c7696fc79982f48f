import { ResultAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { exhaust, openDown, registerImpatient, statesOf } from "../../support/exhausted.ts";
import { interrupted, type Interruption } from "../../support/interrupted.ts";
import { everyStorage, openHooks, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

/** The reads of an erasure: of the message and of its stream. */
const READS = 2;

describe.each(everyStorage)("a message that is erased by two at once, on $name", ({ create }) => {
  it.each(Array.from({ length: READS + 1 }, (_, readsBefore) => ({ readsBefore })))(
    "is erased once, if the other one comes after $readsBefore reads",
    async ({ readsBefore }) => {
      const interruption: Interruption = { readsBefore, act: null };
      const hooks = await openHooks({ storage: interrupted(create(), interruption) });
      const { messageId } = await value(hooks.publish({ event: "memory.updated", payload: { n: 1 } }));
      const answers: unknown[] = [];
      interruption.act = async () => answers.push(await value(hooks.messages.erase({ messageId })));
      answers.push(await value(hooks.messages.erase({ messageId })));
      interruption.act = null;
      const history = await value(hooks.ledger.readStream(`message-${messageId}`));
      expect(history.map(({ type }) => type)).toEqual(["MessagePublished", "MessageErased"]);
      if (answers.length > 1) expect(answers).toEqual([{ erased: 1 }, { erased: 0 }]);
    },
  );
});

describe.each(everyStorage)("a message that is erased while its delivery is redelivered, on $name", ({ create }) => {
  it("has that delivery cancelled too, though it had ended when the erasure looked", async () => {
    let between: (() => Promise<unknown>) | null = null;
    const storage = wrapStorage(create(), ({ writer }) => ({
      writer: {
        append(commit) {
          const happens = between;
          if (happens === null || commit.erasures === undefined) return writer.append(commit);
          between = null;
          return ResultAsync.fromSafePromise(happens()).andThen(() => writer.append(commit));
        },
      },
    }));
    const { hooks } = await openDown(storage);
    await registerImpatient(hooks, "w");
    const [deliveryId = ""] = await exhaust(hooks, 1);
    const { messageId = "" } = (await value(hooks.deliveries.get(deliveryId))) ?? {};
    between = () => value(hooks.deliveries.redeliver(deliveryId));
    expect(await value(hooks.messages.erase({ messageId }))).toEqual({ erased: 1 });
    expect(between).toBeNull();
    expect(await statesOf(hooks, [deliveryId])).toEqual(["cancelled"]);
    expect(await value(hooks.ledger.verify())).toMatchObject({ differences: [] });
  });
});

describe.each(everyStorage)("erasing many messages, one of which is pruned meanwhile, on $name", ({ create }) => {
  it.each([{ subject: "u-1" }, { all: true }] as const)("erases all the others: %j", async (erasure) => {
    let between: (() => Promise<unknown>) | null = null;
    const thenPruned = <T, E>(listed: ResultAsync<T, E>) =>
      listed.map(async (found) => {
        const happens = between;
        between = null;
        await happens?.();
        return found;
      });
    const storage = wrapStorage(create(), ({ messages }) => ({
      messages: {
        ...messages,
        list: (after, limit) => thenPruned(messages.list(after, limit)),
        aboutSubject: (filter) => thenPruned(messages.aboutSubject(filter)),
      },
    }));
    const clock = createFakeClock();
    const hooks = await openHooks({ storage, clock });
    const publish = () => value(hooks.publish({ event: "memory.updated", payload: {}, subject: "u-1" }));
    await publish();
    clock.advance(1);
    const kept = [await publish(), await publish()];
    between = () => value(hooks.ledger.prune({ finishedBefore: new Date(clock.now()) }));
    expect(await value(hooks.messages.erase(erasure))).toEqual({ erased: 2 });
    for (const { messageId } of kept)
      expect(await value(hooks.messages.get(messageId))).toMatchObject({ erasedAt: expect.any(String) });
  });
});
