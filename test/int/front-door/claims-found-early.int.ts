import { errAsync, okAsync, ResultAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import type { ClaimedDelivery } from "../../../src/ports/delivery-queue.ts";
import { storageError, type StorageError } from "../../../src/ports/storage-error.ts";
import type { Storage } from "../../../src/ports/storage.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { openProcess, pass, publish, register, states } from "../../support/deliver-to.ts";
import { createGate, type Gate } from "../../support/gate.ts";
import { storages, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

type Work = Readonly<Record<"concurrency" | "messages", number>>;
type Answer = ResultAsync<readonly ClaimedDelivery[], StorageError>;
/** What becomes of a claim that has told what it found. */
type Fate = (queue: Storage["queue"], found: readonly ClaimedDelivery[], owner: string) => Answer;

const kept: Fate = (_, found) => okAsync(found);

/** The leases of the deliveries from `from` on were lost with their transaction. */
const lostFrom =
  (from: number): Fate =>
  (queue, found, owner) =>
    queue
      .release(
        owner,
        found.slice(from).map(({ delivery }) => delivery.deliveryId),
      )
      .andThen(() =>
        from === 0 ? errAsync(storageError("disconnected", "lost, for the test")) : okAsync(found.slice(0, from)),
      );

describe.each(storages)("a worker whose claim tells what it found before that is on disk, on $name", ({ create }) => {
  /** A worker with two slots and four deliveries, whose claims answer when their gates are opened. */
  const claiming = (...fates: readonly Fate[]) => claimingFor({ concurrency: 2, messages: 4 }, ...fates);

  async function claimingFor({ concurrency, messages }: Work, ...fates: readonly Fate[]) {
    const clock = createFakeClock();
    const gates: Gate<null>[] = [];
    const limits: number[] = [];
    const answers: Gate<ScriptedAnswer>[] = [];
    const http = scriptedHttpClient(() => {
      const answer = createGate<ScriptedAnswer>();
      answers.push(answer);
      return answer.opened;
    });
    const storage = wrapStorage(create(), ({ queue }) => ({
      queue: {
        ...queue,
        claim(ask, tell) {
          let owner = "";
          const asked = () => {
            const claim = ask();
            owner = claim.owner;
            limits.push(claim.limit);
            return claim;
          };
          return queue.claim(asked).andThen((found) => {
            const gate = createGate<null>();
            const fate = fates[gates.push(gate) - 1] ?? kept;
            tell?.(found);
            return ResultAsync.fromSafePromise(gate.opened).andThen(() => fate(queue, found, owner));
          });
        },
      },
    }));
    const hooks = await openProcess(storage, clock, http);
    await register(hooks, "a");
    await publish(hooks, messages);
    const worker = hooks.worker({ concurrency });
    await value(worker.start());
    await vi.waitFor(() => expect(gates).toHaveLength(1));
    return { clock, gates, limits, answers, http, hooks, worker, messages };
  }

  /** Lets everything through from now on; each delivery must be sent once. */
  async function finish({ clock, gates, answers, http, hooks, messages }: Awaited<ReturnType<typeof claiming>>) {
    for (let turn = 0; turn < 40; turn += 1) {
      for (const gate of gates) gate.open(null);
      for (const answer of answers) answer.open(204);
      await pass(clock, 50, 50);
    }
    expect(await states(hooks)).toEqual({ delivered: messages });
    expect(http.requests).toHaveLength(messages);
    await value(hooks.close());
  }

  it("sends nothing of it until the claim answers, and then claims for each slot that becomes free", async () => {
    const running = await claiming();
    const { clock, gates, limits, answers, http } = running;
    await pass(clock, 500);
    expect([http.requests.length, limits]).toEqual([0, [2]]);
    gates[0]?.open(null);
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    answers[0]?.open(204);
    await vi.waitFor(() => expect(gates).toHaveLength(2));
    answers[1]?.open(204);
    await vi.waitFor(() => expect(gates).toHaveLength(3));
    await pass(clock, 500);
    expect([http.requests.length, limits]).toEqual([2, [2, 1, 1]]);
    await finish(running);
  });

  it("makes no third claim before the first of two is on disk", async () => {
    const { clock, gates, limits, answers, ...running } = await claimingFor({ concurrency: 3, messages: 6 });
    gates[0]?.open(null);
    await vi.waitFor(() => expect(answers).toHaveLength(3));
    for (const [index, answer] of answers.entries()) {
      answer.open(204);
      await pass(clock, 500);
      await vi.waitFor(() => expect(gates.length).toBeGreaterThan(Math.min(2, 1 + index)));
    }
    expect(limits).toEqual([3, 1, 1]);
    gates[1]?.open(null);
    await vi.waitFor(() => expect(limits).toEqual([3, 1, 1, 1]));
    await finish({ clock, gates, limits, answers, ...running });
  });

  it("is stopped without sending any of it", async () => {
    const { gates, http, hooks, worker } = await claiming();
    const stopped = worker.stop();
    gates[0]?.open(null);
    await value(stopped);
    expect([http.requests.length, await states(hooks)]).toEqual([0, { pending: 4 }]);
    await value(hooks.close());
  });

  it("sends nothing of it if it was lost, and looks again in a second, with all slots", async () => {
    const running = await claiming(lostFrom(0));
    const { clock, gates, limits, http } = running;
    gates[0]?.open(null);
    await pass(clock, 900);
    expect([http.requests.length, limits]).toEqual([0, [2]]);
    await vi.waitFor(async () => {
      await pass(clock, 200);
      expect(limits).toEqual([2, 2]);
    });
    await finish(running);
  });

  it("sends what is left of it if some was lost, and has the slots of the rest for others", async () => {
    const running = await claiming(lostFrom(1));
    const { clock, gates, limits, answers, http } = running;
    gates[0]?.open(null);
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    await pass(clock, 500);
    expect([http.requests.length, limits]).toEqual([1, [2, 1]]);
    await finish(running);
  });
});
