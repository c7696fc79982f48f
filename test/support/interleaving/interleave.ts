import type { Scheduler } from "fast-check";
import { ResultAsync } from "neverthrow";
import { memoryStorage } from "../../../src/adapters/memory/index.ts";
import { openHookledger } from "../../../src/index.ts";
import type { HttpClientAdapter, HttpRequest } from "../../../src/ports/http-client.ts";
import { createCountingIds } from "../../../src/testing/counting-ids.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { createSeededRandom } from "../../../src/testing/seeded-random.ts";
import { aroundCalls } from "../around-calls.ts";
import { value, type MemoryHooks } from "../open-hooks.ts";
import { tellingEarly } from "../wrap-storage.ts";
import { operate, pass, passUntil, publishAll, type Process, type Step } from "./actors.ts";
import { urlOf, webhookIds, type Part, type Plan } from "./plan.ts";
import { createWitness, type Rules, type Witness } from "./witness.ts";

export interface Ended {
  /** A third process over the same storage, with nothing in its way. Its worker has run until idle. */
  readonly hooks: MemoryHooks;
  readonly witness: Witness;
}

const retryConfig = { maxRetries: 2, baseDelaySeconds: 1 };

/**
 * Lets two processes do their parts at once, each with a worker, while time passes. Every call of a port, every answer,
 * every exchange and every pause is a step, and the scheduler decides which step is next. Then lets everything end.
 */
export async function interleave(scheduler: Scheduler, plan: Plan, rules: Rules): Promise<Ended> {
  const storage = memoryStorage();
  const clock = createFakeClock();
  const later = createFakeClock({ autoAdvance: true });
  const receiver = scriptedHttpClient((_, before) => plan.answers[before % plan.answers.length] ?? 204);
  const common = {
    ids: createCountingIds(),
    random: createSeededRandom(),
    request: { timeoutSeconds: 1 },
    network: { allow: ["127.0.0.0/8"] },
  };
  const hooks = await value(openHookledger({ ...common, storage, http: receiver, clock: later }));
  await registerAll(hooks);
  const witness = createWitness(rules, {
    now: clock.now,
    eventsAfter: (after) => value(hooks.ledger.readAll({ after, limit: 1000 })),
  });
  let isScheduled = true;
  const step: Step = (label) => (isScheduled ? scheduler.schedule(Promise.resolve(), label) : Promise.resolve());

  async function start(name: string): Promise<Process> {
    const stepwise = aroundCalls(tellingEarly(storage), async (call) => {
      await step(`${name}: ${call.name}`);
      const outcome = await witness.make(name, call);
      await step(`${name}: answer to ${call.name}`);
      return outcome;
    });
    const http = stepwiseHttp(name, receiver, witness, step);
    const opened = await value(openHookledger({ ...common, storage: stepwise, http, clock }));
    return { hooks: opened, worker: opened.worker({ concurrency: 2, leaseSeconds: 2 }) };
  }

  const play = (process: Process, part: Part) => [
    publishAll(process, part, witness),
    value(process.worker.start()),
    value(process.worker.runUntilIdle()),
  ];
  const [one, two] = [await start("one"), await start("two")];
  const operated = Promise.all([
    operate(one, plan.parts[0], witness, step),
    operate(two, plan.parts[1], witness, step),
  ]).then(() => resumeAll(hooks));
  const playing = [...play(one, plan.parts[0]), ...play(two, plan.parts[1]), operated, pass(clock, plan.pauses, step)];
  await scheduler.waitIdle();
  isScheduled = false;
  await passUntil(clock, Promise.all([...playing, value(one.worker.stop()), value(two.worker.stop())]));
  await Promise.all([value(one.hooks.close()), value(two.hooks.close())]);
  later.advance(clock.now() - later.now());
  await value(hooks.worker().runUntilIdle());
  return { hooks, witness };
}

/** Otherwise the deliveries to a paused webhook would never end. */
async function resumeAll(hooks: MemoryHooks): Promise<void> {
  for (const webhookId of webhookIds) await value(hooks.webhooks.update(webhookId, { paused: false }));
}

async function registerAll(hooks: MemoryHooks): Promise<void> {
  for (const webhookId of webhookIds) {
    const webhook = { webhookId, url: urlOf(webhookId, "one"), events: ["memory.updated"], retryConfig } as const;
    await value(hooks.webhooks.register(webhook));
  }
}

/** The receiver: a request reaches it in one step, and its answer comes back in another. */
function stepwiseHttp(name: string, receiver: HttpClientAdapter, witness: Witness, step: Step): HttpClientAdapter {
  return {
    ...receiver,
    open(context) {
      const { post, close } = receiver.open(context);
      async function exchange(request: HttpRequest) {
        await step(`${name}: request`);
        const answer = await post(request);
        await step(`${name}: answer to request`);
        return answer;
      }
      return {
        close,
        post(request) {
          witness.attemptBegins(name, request);
          return new ResultAsync(exchange(request));
        },
      };
    },
  };
}
