import { ok, okAsync, safeTry, type Result, type ResultAsync } from "neverthrow";
import {
  openHookledger,
  type Attempt,
  type Delivery,
  type Publication,
  type RecordedEvent,
  type Verification,
  type WebhookPayload,
} from "hookledger";
import { sqliteStorage } from "hookledger/sqlite";
import { cast, retryConfigOf, type Role } from "./cast.ts";
import { memories } from "./memories.ts";
import type { Received, Route } from "./protocol.ts";
import type { ReceiverProcess } from "./start-receiver.ts";
import type { Sabotage } from "./sabotage.ts";

/** What every error of hookledger and of the demonstration has. */
export interface Failure {
  readonly type: string;
  readonly message: string;
}

export interface Published extends Publication {
  readonly event: string;
  readonly payload: WebhookPayload;
}

/** The result: what was published, what the ledger says and what the receiver says. */
export interface Evidence {
  readonly published: readonly Published[];
  readonly deliveries: readonly (Delivery & { readonly made: readonly Attempt[] })[];
  readonly ledger: readonly RecordedEvent[];
  readonly verification: Verification;
  readonly received: readonly Received[];
}

type ValueOf<R> = R extends Result<infer Value, unknown> ? Value : never;
export type Hooks = ValueOf<Awaited<ReturnType<typeof open>>>;

export function open(path: string) {
  return openHookledger({ storage: sqliteStorage({ path }), network: { allow: ["127.0.0.0/8"] } });
}

/** Registers the webhooks, publishes the six messages, and waits until every delivery is settled. */
export function play(hooks: Hooks, receiver: ReceiverProcess, sabotage: Sabotage): ResultAsync<Evidence, Failure> {
  return safeTry<Evidence, Failure>(async function* () {
    const ports = yield* receiver.listening();
    const routes: Route[] = [];
    for (const role of cast) {
      const { webhookId, secret } = yield* register(hooks, role, role.isDead ? ports.closedPort : ports.port);
      routes.push({ webhookId, secret, troubles: role.troubles });
    }
    yield* receiver.serve(sabotage.routes(routes));

    const published: Published[] = [];
    for (const message of memories()) published.push({ ...message, ...(yield* hooks.publish(message)) });
    yield* hooks.worker().runUntilIdle();

    const received = sabotage.report(yield* receiver.report());
    return ok({ published, received, ...(yield* readLedger(hooks)) });
  });
}

function register(hooks: Hooks, role: Role, port: number) {
  const { webhookId, events, active, secret } = role;
  const url = `http://127.0.0.1:${port}/${webhookId}`;
  return hooks.webhooks.register({ webhookId, url, events, active, secret, retryConfig: retryConfigOf(role) });
}

function readLedger({ deliveries, ledger }: Hooks) {
  return safeTry<Pick<Evidence, "deliveries" | "ledger" | "verification">, Failure>(async function* () {
    const { items } = yield* deliveries.list({ limit: 1000 });
    const known: Evidence["deliveries"][number][] = [];
    for (const delivery of items) known.push({ ...delivery, made: yield* deliveries.attempts(delivery.deliveryId) });
    const events = yield* ledger.readAll({ limit: 1000 });
    const verification = yield* ledger.verify();
    return okAsync({ deliveries: known, ledger: events, verification });
  });
}
