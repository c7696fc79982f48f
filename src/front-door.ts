import { err, errAsync, ok, okAsync, ResultAsync, type Result } from "neverthrow";
import { checkObject, checkText } from "./application/check-arguments.ts";
import { createWorker, type Worker } from "./application/deliveries/worker.ts";
import type { Dependencies } from "./application/dependencies.ts";
import type { Follower } from "./application/ledger/follow.ts";
import { dispatch, dispatchNames } from "./application/messages/dispatch.ts";
import { eraseMessages, erasureNames } from "./application/messages/erase.ts";
import { findMessage } from "./application/messages/find-message.ts";
import { messageNames, type NewMessage } from "./application/messages/prepare-message.ts";
import { preview } from "./application/messages/preview.ts";
import { publishMany } from "./application/messages/publish-many.ts";
import { publishRemotely } from "./application/messages/publish-remotely.ts";
import { publishWithin } from "./application/messages/publish-within.ts";
import { publish } from "./application/messages/publish.ts";
import { createOpenCalls } from "./application/open-calls.ts";
import { deliveriesOf } from "./deliveries.ts";
import type { InvalidInput } from "./domain/invalid-input.ts";
import type { EventCatalogue } from "./domain/message/index.ts";
import type { Hookledger, TransactionPublisher } from "./hookledger.ts";
import { ledgerOf } from "./ledger.ts";
import type { JoinedTransaction } from "./ports/open-transaction.ts";
import { storageError, type StorageError } from "./ports/storage-error.ts";
import type { Storage } from "./ports/storage.ts";
import { webhooksOf } from "./webhooks.ts";

/** Gives the use cases their public form. */
export function createFrontDoor<Catalogue extends EventCatalogue, Transaction, Joined extends JoinedTransaction>(
  opened: Omit<Dependencies, "closing">,
  join: Storage<Transaction, Joined>["join"],
): Hookledger<Catalogue, Transaction, Joined> {
  const closing = new AbortController();
  const deps: Dependencies = { ...opened, closing: closing.signal };
  const workers = new Set<Worker>();
  const followers = new Set<Follower>();
  const openCalls = createOpenCalls();
  const { track } = openCalls;
  let closed: ResultAsync<void, StorageError> | null = null;

  /** All of it, whatever fails: what is left open would keep the process alive. The first error is the answer. */
  async function close(): Promise<Result<void, StorageError>> {
    const stopped = await Promise.all([...workers].map((worker) => tried(() => stopByDefault(worker))));
    stopped.push(await tried(async () => ok(await deps.http.close())));
    stopped.push(...(await Promise.all([...followers].map((follower) => tried(() => follower.stop())))));
    await openCalls.ended();
    stopped.push(await tried(() => deps.storage.close()));
    return stopped.find((one) => one.isErr()) ?? ok();
  }

  return {
    webhooks: webhooksOf<Catalogue>(deps, openCalls),
    deliveries: deliveriesOf(deps, openCalls),
    messages: {
      get: (messageId) => checkText("messageId", messageId).asyncAndThen((id) => track(findMessage(deps, id))),
      erase: (erasure) =>
        checkObject("erasure", erasure, erasureNames).asyncAndThen((given) => track(eraseMessages(deps, given))),
    },
    ledger: ledgerOf(deps, openCalls, followers),
    within: (transaction) => publisherIn<Catalogue>(deps, join(transaction)),
    publishMany: (messages) => track(publishMany(deps, messages)),
    publish: (message) =>
      checkObject<NewMessage>("message", message, messageNames).asyncAndThen((given) => track(publish(deps, given))),
    preview: (message) =>
      checkObject("message", message, messageNames).asyncAndThen((given) => track(preview(deps, given))),
    dispatch: (message, options = {}) =>
      checkObject<NewMessage>("message", message, messageNames)
        .andThen(() => checkObject("options", options, dispatchNames))
        .asyncAndThen((given) => track(dispatch(deps, message, given))),
    worker: (options) => createWorker(deps, workers, options),
    close() {
      closing.abort();
      deps.wakeUps.notify();
      closed ??= new ResultAsync(close());
      return closed;
    },
  };
}

/**
 * The types let only that be called which the storage can do. Closing does not wait for it: it is part of a transaction of the
 * application's, on the application's connection.
 */
function publisherIn<Catalogue extends EventCatalogue>(
  deps: Dependencies,
  joined: Result<JoinedTransaction, InvalidInput>,
): TransactionPublisher<Catalogue> {
  // Without the value that `invalidInput` shows: that is the message, and nothing is wrong with it.
  const refused = (name: string, how: string, other: string): Result<never, InvalidInput> => {
    const rule = `cannot be used in a transaction of this storage, which answers ${how}: call ${other}`;
    return err({ type: "InvalidInput", field: name, rule, message: `${name} ${rule}` });
  };
  return {
    publishSync: (message) =>
      joined.andThen((open) =>
        open.answers === "at once" ? publishWithin(deps, open, message) : refused("publishSync", "later", "publish"),
      ),
    publish: (message) =>
      joined.asyncAndThen((open) =>
        open.answers === "later"
          ? publishRemotely(deps, open, message)
          : new ResultAsync(Promise.resolve(refused("publish", "at once", "publishSync"))),
      ),
  };
}

/** A bug, in an adapter of the application's say, is no reason to leave the rest open. */
async function tried(part: () => PromiseLike<Result<void, StorageError>>): Promise<Result<void, StorageError>> {
  try {
    return await part();
  } catch (bug) {
    return err(storageError("unexpected", "a bug broke off the closing of a part; the rest was closed", bug));
  }
}

/** Without options none can be invalid. */
function stopByDefault(worker: Worker): ResultAsync<void, StorageError> {
  return worker.stop().orElse((error) => (error.type === "StorageError" ? errAsync(error) : okAsync()));
}
