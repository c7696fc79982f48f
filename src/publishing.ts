import { err, ResultAsync, type Result } from "neverthrow";
import { checkObject } from "./application/check-arguments.ts";
import type { Dependencies } from "./application/dependencies.ts";
import { dispatch, dispatchNames } from "./application/messages/dispatch.ts";
import { messageNames, type NewMessage } from "./application/messages/prepare-message.ts";
import { preview } from "./application/messages/preview.ts";
import { publishMany } from "./application/messages/publish-many.ts";
import { publishRemotely } from "./application/messages/publish-remotely.ts";
import { publishWithin } from "./application/messages/publish-within.ts";
import { publish } from "./application/messages/publish.ts";
import type { OpenCalls } from "./application/open-calls.ts";
import type { InvalidInput } from "./domain/invalid-input.ts";
import type { EventCatalogue } from "./domain/message/index.ts";
import type { Hookledger, TransactionPublisher } from "./hookledger.ts";
import type { JoinedTransaction } from "./ports/open-transaction.ts";
import type { Storage } from "./ports/storage.ts";

type Publishing<Catalogue extends EventCatalogue, Transaction, Joined extends JoinedTransaction> = Pick<
  Hookledger<Catalogue, Transaction, Joined>,
  "publish" | "within" | "publishMany" | "preview" | "dispatch"
>;

/** Gives the use cases of publishing their public form. */
export function publishingOf<Catalogue extends EventCatalogue, Transaction, Joined extends JoinedTransaction>(
  deps: Dependencies,
  { track }: OpenCalls,
  join: Storage<Transaction, Joined>["join"],
): Publishing<Catalogue, Transaction, Joined> {
  return {
    publish: (message) =>
      checkObject<NewMessage>("message", message, messageNames).asyncAndThen((given) => track(publish(deps, given))),
    within: (transaction) => publisherIn<Catalogue>(deps, join(transaction)),
    publishMany: (messages) => track(publishMany(deps, messages)),
    preview: (message) =>
      checkObject("message", message, messageNames).asyncAndThen((given) => track(preview(deps, given))),
    dispatch: (message, options = {}) =>
      checkObject<NewMessage>("message", message, messageNames)
        .andThen(() => checkObject("options", options, dispatchNames))
        .asyncAndThen((given) => track(dispatch(deps, message, given))),
  };
}

/**
 * The types allow only the call that the storage supports. `close` does not wait for it: it is part of the
 * application's transaction, on the application's connection.
 */
function publisherIn<Catalogue extends EventCatalogue>(
  deps: Dependencies,
  joined: Result<JoinedTransaction, InvalidInput>,
): TransactionPublisher<Catalogue> {
  // Not by `invalidInput`, which would show the value: here that is the message, and nothing is wrong with it.
  const refused = (name: string, how: string, other: string): Result<never, InvalidInput> => {
    const rule = `cannot be used in a transaction of this storage, which answers ${how}; call ${other} instead`;
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
