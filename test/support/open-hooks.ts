import type { ResultAsync } from "neverthrow";
import { inject, onTestFinished } from "vitest";
import { memoryStorage } from "../../src/adapters/memory/index.ts";
import { postgresStorage } from "../../src/adapters/postgres/index.ts";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import type { EventCatalogue, memoryEvents } from "../../src/domain/message/catalogue.ts";
import {
  openHookledger,
  type Hookledger,
  type HookledgerOptions,
  type JoinedTransaction,
  type RecordedEvent,
} from "../../src/index.ts";
import { temporarySchema } from "./postgres/schema.ts";
import type { StorageAdapter } from "../../src/ports/storage.ts";
import { newPath } from "./sqlite-files.ts";

export type MemoryHooks = Hookledger;

/** The storages that the use cases are tested on. Each `create` makes an empty one, which is removed with the test. */
export const storages: readonly { readonly name: string; readonly create: () => StorageAdapter }[] = [
  { name: "memory", create: memoryStorage },
  { name: "SQLite", create: () => sqliteStorage({ path: newPath() }) },
];

/** The same and PostgreSQL, whose answers take real time: a test that only lets promises settle would miss them. */
export const everyStorage: typeof storages = [
  ...storages,
  {
    name: "PostgreSQL",
    create: () => postgresStorage({ connectionString: inject("postgresUrl"), schema: newSchema() }),
  },
];

/** The name of a schema on the tests' server, which is removed with the test. */
export function newSchema(): string {
  const { name, remove } = temporarySchema();
  onTestFinished(async () => {
    await remove();
  });
  return name;
}

/** Opens hooks that may reach loopback, on memory if nothing else is given, and closes them with the test. */
export function openHooks<Catalogue extends EventCatalogue = typeof memoryEvents, Transaction = never>(
  options: HookledgerOptions<Catalogue, Transaction, JoinedTransaction>,
): Promise<Hookledger<Catalogue, Transaction, JoinedTransaction>>;
export function openHooks<Catalogue extends EventCatalogue = typeof memoryEvents>(
  options?: Partial<HookledgerOptions<Catalogue, never, JoinedTransaction>>,
): Promise<Hookledger<Catalogue, never, JoinedTransaction>>;
export async function openHooks<Catalogue extends EventCatalogue>(
  options: Partial<HookledgerOptions<Catalogue, never, JoinedTransaction>> = {},
): Promise<Hookledger<Catalogue, never, JoinedTransaction>> {
  const network = { allow: ["127.0.0.0/8"] };
  const hooks = await value(
    openHookledger<Catalogue, never, JoinedTransaction>({ storage: memoryStorage(), network, ...options }),
  );
  onTestFinished(async () => {
    await value(hooks.close());
  });
  return hooks;
}

/** The value of a Result; its error fails the test. */
export async function value<T, E>(result: ResultAsync<T, E>): Promise<T> {
  return (await result)._unsafeUnwrap({ withStackTrace: true });
}

/** The error of a Result; a value fails the test. */
export async function failure<T, E>(result: ResultAsync<T, E>): Promise<E> {
  return (await result)._unsafeUnwrapErr({ withStackTrace: true });
}

/** The whole ledger, page by page. */
export async function readLedger(hooks: Pick<Hookledger<EventCatalogue>, "ledger">): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for (;;) {
    const page = await value(hooks.ledger.readAll({ after: events.at(-1)?.position ?? 0, limit: 1000 }));
    if (page.length === 0) return events;
    events.push(...page);
  }
}
