import { err, errAsync, ok, type Result, type ResultAsync } from "neverthrow";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import type { RemoteTransaction, TransactionPart } from "../../ports/open-transaction.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { entranceTo, type Entrance, type PostgresTransaction } from "./entrance.ts";
import { look, newCall, tell } from "./calls.ts";
import { createTurns } from "./in-turn.ts";
import { createParts, notOpen, type PartOf, type Parts } from "./transaction-part.ts";
import { answered, closedError } from "./tried.ts";

interface Client {
  /** Runs what is done on the client one after the other. */
  readonly inTurn: ReturnType<typeof createTurns>;
  call: Call | null;
}

interface Call {
  readonly id: string;
  readonly told: ResultAsync<unknown, StorageError>;
}

const clients = new WeakMap<object, Client>();

export function createJoin(
  parts: Parts,
  isClosed: () => boolean,
): (transaction: PostgresTransaction) => Result<RemoteTransaction, InvalidInput> {
  const partOf = createParts(parts);
  return (transaction) => {
    const entrance = entranceTo(transaction);
    if (entrance !== null) return ok({ answers: "later", inTurn: turnsIn(entrance, partOf, isClosed) });
    const known = "a client of node-postgres inside a transaction, a transaction of drizzle or postgres.js";
    const rule = `must be ${known}, or a runSql for another library; a pool is not accepted`;
    return err(invalidInput("transaction", rule, transaction));
  };
}

function turnsIn(entrance: Entrance, partOf: PartOf, isClosed: () => boolean): RemoteTransaction["inTurn"] {
  const { key, connection } = entrance;
  return <Needed, T, E, F>(
    needed: ResultAsync<Needed, F>,
    work: (part: TransactionPart, needed: Needed) => ResultAsync<T, E>,
  ) => {
    const client = clients.get(key) ?? { inTurn: createTurns(), call: null };
    clients.set(key, client);
    const { id: call, told } = isClosed() ? { id: "", told: errAsync(closedError()) } : callOn(client, entrance);
    return answered(async (): Promise<Result<T, E | F | StorageError>> => {
      const [ready, heard] = await Promise.all([needed, told]);
      if (ready.isErr()) return err(ready.error);
      if (heard.isErr()) return err(heard.error);
      return client.inTurn(async () => {
        const [row] = await connection.run(look, { call });
        return row?.isOpen === true ? work(partOf(connection, call), ready.value) : err(notOpen());
      });
    });
  };
}

/**
 * Tells the transaction once of all calls made in one go: drivers complain if a client is asked several things at a
 * time.
 */
function callOn(client: Client, { ask }: Entrance): Call {
  if (client.call !== null) return client.call;
  const id = newCall();
  const call = { id, told: answered(async () => ok(await ask(tell, { call: id }))) };
  client.call = call;
  queueMicrotask(() => (client.call = null));
  return call;
}
