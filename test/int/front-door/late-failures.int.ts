import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient, timedOut, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { openProcess, pass, publish, register, states } from "../../support/deliver-to.ts";
import { createGate, type Gate } from "../../support/gate.ts";
import { storages, value } from "../../support/open-hooks.ts";

describe.each(storages)(
  "a failure that comes late, to a worker that has begun the next attempt itself, on $name",
  ({ create }) => {
    /** One attempt of a worker is under way; each request is answered when the test says so. */
    async function oneUnderWay() {
      const storage = create();
      const clock = createFakeClock();
      const answers: Gate<ScriptedAnswer>[] = [];
      const http = scriptedHttpClient(() => {
        const answer = createGate<ScriptedAnswer>();
        answers.push(answer);
        return answer.opened;
      });
      const hooks = await openProcess(storage, clock, http);
      await register(hooks, "a");
      const [deliveryId = ""] = await publish(hooks);
      const worker = hooks.worker();
      await value(worker.start());
      const other = scriptedHttpClient();
      return {
        ...{ hooks, worker, clock, deliveryId, other },
        requests: (count: number) => vi.waitFor(() => expect(http.requests).toHaveLength(count)),
        delivery: () => value(hooks.deliveries.get(deliveryId)),
        /** Answers the request, counted from 1, and waits for what follows from it. */
        async answer(request: number, answer: ScriptedAnswer) {
          answers[request - 1]?.open(answer);
          await pass(clock, 500);
        },
        async nobodyElseTakesIt() {
          const second = await openProcess(storage, clock, other);
          await value(second.worker().start());
          await pass(clock, 1000);
          expect(other.requests).toEqual([]);
        },
      };
    }

    it("counts for nothing after the delivery was cancelled and redelivered", async () => {
      const { hooks, deliveryId, requests, delivery, answer, nobodyElseTakesIt } = await oneUnderWay();
      await requests(1);
      await value(hooks.deliveries.cancel(deliveryId));
      await value(hooks.deliveries.redeliver(deliveryId));
      await requests(2);
      await answer(1, timedOut());
      expect(await delivery()).toMatchObject({ state: "pending", attempts: 0 });
      await nobodyElseTakesIt();
      await answer(2, 204);
      expect(await delivery()).toMatchObject({ state: "delivered", attempts: 1 });
      expect(await value(hooks.ledger.verify())).toMatchObject({ differences: [] });
    });

    it("does not end the lease of the attempt after the next one", async () => {
      const { hooks, deliveryId, clock, requests, delivery, answer, nobodyElseTakesIt } = await oneUnderWay();
      await requests(1);
      await value(hooks.deliveries.cancel(deliveryId));
      await value(hooks.deliveries.redeliver(deliveryId));
      await requests(2);
      await answer(2, 500);
      await pass(clock, 1000);
      await requests(3);
      await answer(1, 500);
      await nobodyElseTakesIt();
      await answer(3, 204);
      expect(await delivery()).toMatchObject({ state: "delivered", attempts: 2 });
    });

    it("counts for nothing if the worker gave the delivery up and was started again", async () => {
      const { hooks, worker, requests, delivery, answer, nobodyElseTakesIt } = await oneUnderWay();
      await requests(1);
      await value(worker.stop({ deadlineSeconds: 0 }));
      await value(worker.start());
      await requests(2);
      await answer(1, 500);
      expect(await delivery()).toMatchObject({ state: "pending", attempts: 0 });
      await nobodyElseTakesIt();
      await answer(2, 204);
      expect(await delivery()).toMatchObject({ state: "delivered", attempts: 1 });
      await value(worker.stop());
      expect(await states(hooks)).toEqual({ delivered: 1 });
    });

    it("counts for nothing after a second stop, which gives back what the worker took up since the first", async () => {
      const { hooks, worker, clock, requests, delivery, answer, other, nobodyElseTakesIt } = await oneUnderWay();
      await requests(1);
      await value(worker.stop({ deadlineSeconds: 0 }));
      await value(worker.start());
      await requests(2);
      await nobodyElseTakesIt();
      await value(worker.stop({ deadlineSeconds: 0 }));
      await pass(clock, 1000);
      await vi.waitFor(() => expect(other.requests).toHaveLength(1));
      await vi.waitFor(async () => expect(await delivery()).toMatchObject({ state: "delivered" }));
      await answer(1, 500);
      await answer(2, 500);
      expect(await delivery()).toMatchObject({ state: "delivered", attempts: 1 });
      expect(await value(hooks.ledger.verify())).toMatchObject({ differences: [] });
    });
  },
);
