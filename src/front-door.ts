import { err, ok, ResultAsync, type Result } from "neverthrow";
import { createWorker } from "./application/deliveries/worker.ts";
import type { Deliverer, Dependencies } from "./application/dependencies.ts";
import type { Follower } from "./application/ledger/follow.ts";
import { createOpenCalls } from "./application/open-calls.ts";
import { deliveriesOf } from "./deliveries.ts";
import type { EventCatalogue } from "./domain/message/index.ts";
import type { Hookledger } from "./hookledger.ts";
import { ledgerOf } from "./ledger.ts";
import { messagesOf } from "./messages.ts";
import type { JoinedTransaction } from "./ports/open-transaction.ts";
import { storageError, type StorageError } from "./ports/storage-error.ts";
import type { Storage } from "./ports/storage.ts";
import { publishingOf } from "./publishing.ts";
import { tenantOf } from "./tenant.ts";
import { webhooksOf } from "./webhooks.ts";

/** Gives the use cases their public form. */
export function createFrontDoor<Catalogue extends EventCatalogue, Transaction, Joined extends JoinedTransaction>(
  opened: Omit<Dependencies, "closing" | "delivering" | "tenantId">,
  join: Storage<Transaction, Joined>["join"],
): Hookledger<Catalogue, Transaction, Joined> {
  const closing = new AbortController();
  const delivering = new Set<Deliverer>();
  const deps: Dependencies = { ...opened, tenantId: null, closing: closing.signal, delivering };
  const followers = new Set<Follower>();
  const openCalls = createOpenCalls();
  let closed: ResultAsync<void, StorageError> | null = null;

  /**
   * Closes every part even if one fails, since a part left open would keep the process alive. Answers with the first
   * error.
   */
  async function close(): Promise<Result<void, StorageError>> {
    const stopAll = () => Promise.all([...delivering].map((deliverer) => tried(() => deliverer.stop())));
    const stopped = await stopAll();
    stopped.push(await tried(async () => ok(await deps.http.close())));
    // Attempts still under way at the deadline ended with the client; they are released while the storage is still
    // open.
    stopped.push(...(await stopAll()));
    stopped.push(...(await Promise.all([...followers].map((follower) => tried(() => follower.stop())))));
    await openCalls.ended();
    stopped.push(await tried(() => deps.storage.close()));
    return stopped.find((one) => one.isErr()) ?? ok();
  }

  return {
    ...publishingOf<Catalogue, Transaction, Joined>(deps, openCalls, join),
    webhooks: webhooksOf<Catalogue>(deps, openCalls),
    deliveries: deliveriesOf(deps, openCalls),
    messages: messagesOf(deps, openCalls),
    ledger: ledgerOf(deps, openCalls, followers),
    tenant: (tenantId) => tenantOf<Catalogue, Transaction, Joined>(deps, openCalls, join, tenantId),
    worker: (options) => createWorker(deps, options),
    close() {
      closing.abort();
      deps.wakeUps.notify();
      closed ??= new ResultAsync(close());
      return closed;
    },
  };
}

/** A bug, for example in the application's adapter, must not leave the other parts open. */
async function tried(part: () => PromiseLike<Result<void, StorageError>>): Promise<Result<void, StorageError>> {
  try {
    return await part();
  } catch (bug) {
    return err(storageError("unexpected", "a bug kept one part from closing; all other parts were closed", bug));
  }
}
