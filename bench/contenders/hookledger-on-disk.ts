import { openHookledger, type HookledgerOptions } from "hookledger";
import { postgresStorage } from "hookledger/postgres";
import { sqliteStorage } from "hookledger/sqlite";
import { join } from "node:path";
import type { Payload } from "../contender.ts";

type Http = HookledgerOptions<never>["http"];
type Hooks = Awaited<ReturnType<typeof openOver>>;
type Event = "memory.updated" | "memory.remembered";

export function openOnDisk(folder: string, http: Http) {
  return openOver(sqliteStorage({ path: join(folder, "hooks.db") }), http);
}

export function openOnServer(server: string, http: Http) {
  return openOver(postgresStorage({ connectionString: server }), http);
}

/** Opens hookledger as an application would, except that the network policy allows the receiver on loopback. */
async function openOver(storage: HookledgerOptions<never>["storage"], http: Http) {
  const opened = await openHookledger({ storage, http, network: { allow: ["127.0.0.0/8"] } });
  if (opened.isErr()) throw new Error(opened.error.message);
  return opened.value;
}

export async function publishInChunks(hooks: Hooks, event: Event, payloads: readonly Payload[]): Promise<void> {
  const chunk = 500;
  for (let from = 0; from < payloads.length; from += chunk) {
    const messages = payloads.slice(from, from + chunk).map((payload) => ({ event, payload }));
    if (takesMany(hooks)) check(await hooks.publishMany(messages));
    else for (const result of await Promise.all(messages.map((message) => hooks.publish(message)))) check(result);
  }
}

/** Versions without `publishMany` can be measured too, so that a change can be compared with what was before. */
interface TakesMany {
  publishMany(messages: readonly { readonly event: Event; readonly payload: object }[]): PromiseLike<Outcome>;
}

function takesMany(hooks: object): hooks is TakesMany {
  return "publishMany" in hooks && typeof hooks.publishMany === "function";
}

interface Outcome {
  isErr(): boolean;
  readonly error?: unknown;
}

/** Throws on any error, because it would spoil the measurement. */
export function check(outcome: Outcome): void {
  if (outcome.isErr()) throw new Error(`hookledger failed: ${JSON.stringify(outcome.error)}`);
}
