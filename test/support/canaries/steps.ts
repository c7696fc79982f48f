import fc from "fast-check";
import type { ResultAsync } from "neverthrow";
import * as v from "valibot";
import { defineEvents, type Hookledger } from "../../../src/index.ts";
import type { Canaries } from "./plant.ts";

/** Event types with a schema whose messages quote what it refuses. */
export const quotingEvents = defineEvents({ "a.free": null, "a.strict": v.object({ id: v.number() }) });
export type Hooks = Hookledger<typeof quotingEvents>;

const url = "http://127.0.0.1:9/hook";
const events = ["a.free", "a.strict"] as const;

/** What a user does, with canaries in place of everything secret and of values that are refused. */
const actions = {
  register: (hooks, plant, id) =>
    hooks.webhooks.register({
      ...{ url, events, webhookId: `w-${id}`, secret: plant.whsec("secret"), keyPair: plant.keyPair("key pair") },
      headers: { authorization: `Bearer ${plant.text("header")}` },
      retryConfig: { maxRetries: 2, baseDelaySeconds: 0.01 },
    }),
  registerText: (hooks, plant) => hooks.webhooks.register({ url, events, secret: plant.text("text secret") }),
  credentials: (hooks, plant) =>
    hooks.webhooks.register({ url: `http://user:${plant.text("password")}@127.0.0.1/`, events }),
  badHeader: (hooks, plant) =>
    hooks.webhooks.register({ url, events, headers: { authorization: `${plant.text("bad header")}\r\nx: y` } }),
  badSecret: (hooks, plant) => hooks.webhooks.register({ url, events, secret: `${plant.text("bad secret")}\ud800` }),
  badKeyPair: (hooks, plant) => hooks.webhooks.register({ url, events, keyPair: `whsk_${plant.text("bad key pair")}` }),
  update: (hooks, plant, id) =>
    hooks.webhooks.update(`w-${id}`, {
      secret: plant.text("new secret"),
      headers: { "x-key": plant.text("new header") },
    }),
  rotate: (hooks, plant, id) => hooks.webhooks.rotateSecret(`w-${id}`, { secret: plant.whsec("rotated"), actor: "op" }),
  rotateKeyPair: (hooks, plant, id) =>
    hooks.webhooks.rotateKeyPair(`w-${id}`, { keyPair: plant.keyPair("rotated key pair") }),
  get: (hooks, _, id) => hooks.webhooks.get(`w-${id}`),
  sendTest: (hooks, plant, id) =>
    hooks.webhooks.sendTest(`w-${id}`, { event: "a.free", payload: { text: plant.text("tested") } }),
  unfitTest: (hooks, plant, id) =>
    hooks.webhooks.sendTest(`w-${id}`, { event: "a.strict", payload: unfit(plant.text("unfit test")) }),
  list: (hooks) => hooks.webhooks.list({ activeOnly: false }),
  listAll: (hooks) => hooks.webhooks.listAll({ activeOnly: false }),
  publish: (hooks, plant, id) =>
    hooks.publish({ event: "a.free", payload: { deep: [{ text: plant.text("payload") }] }, idempotencyKey: `k-${id}` }),
  reuseKey: (hooks, plant, id) =>
    hooks.publish({ event: "a.free", payload: { text: plant.text("other payload") }, idempotencyKey: `k-${id}` }),
  publishMany: (hooks, plant) =>
    hooks.publishMany([
      { event: "a.strict", payload: { id: 1 } },
      { event: "a.strict", payload: unfit(plant.text("one of many")) },
    ]),
  unfit: (hooks, plant) => hooks.publish({ event: "a.strict", payload: unfit(plant.text("unfit payload")) }),
  notJson: (hooks, plant) =>
    hooks.publish({ event: "a.free", payload: { near: plant.text("not JSON"), gap: [undefined] } }),
  tooLarge: (hooks, plant) =>
    hooks.publish({ event: "a.free", payload: [plant.text("large payload"), "x".repeat(300_000)] }),
  dispatch: (hooks, plant) =>
    hooks
      .dispatch({ event: "a.free", payload: { text: plant.text("dispatched") } })
      // The seed's text for a failure repeats what the receiver answered.
      .map((results) => results.map(({ webhookId, success }) => ({ webhookId, success }))),
  work: (hooks) => hooks.worker().runUntilIdle(),
  deliveries: (hooks) => hooks.deliveries.list(),
  replay: (hooks) => hooks.deliveries.replay(),
  reEncrypt: (hooks) => hooks.webhooks.reEncryptSecrets(),
  verify: (hooks) => hooks.ledger.verify(),
  rebuild: (hooks) => hooks.ledger.rebuild(),
  delete: (hooks, _, id) => hooks.webhooks.delete(`w-${id}`),
  preview: (hooks) => hooks.preview({ event: "a.free" }),
} as const satisfies Record<string, (hooks: Hooks, plant: Canaries, id: number) => ResultAsync<unknown, unknown>>;

/** A value that the types would refuse but JavaScript may pass. */
function unfit(id: string): { readonly id: number } {
  const payload: { readonly id: number } = JSON.parse(JSON.stringify({ id }));
  return payload;
}

export type Step = readonly [action: keyof typeof actions, id: number];

const names = Object.keys(actions).filter((name): name is keyof typeof actions => name in actions);

/** Both webhooks are there from the beginning: what is done to none plants nothing. */
export const steps: fc.Arbitrary<readonly Step[]> = fc
  .array(fc.tuple(fc.constantFrom(...names), fc.integer({ min: 1, max: 2 })), { maxLength: 30, size: "max" })
  .map((others) => [["register", 1], ["register", 2], ...others]);

export const everyStep: readonly Step[] = names.map((name) => [name, 1]);

export async function take([action, id]: Step, hooks: Hooks, plant: Canaries): Promise<unknown> {
  return actions[action](hooks, plant, id);
}
