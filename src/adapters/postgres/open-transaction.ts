import { err, errAsync, ok, type Result, type ResultAsync } from "neverthrow";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import type { RemoteTransaction, TransactionPart } from "../../ports/open-transaction.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { entranceTo, type Entrance, type PostgresTransaction } from "./client-of.ts";
import { createMaker, newCall } from "./calls.ts";
import { answered, closedError } from "./connections.ts";
import { createTurns } from "./in-turn.ts";
import { createParts, type PartOf, type Parts } from "./transaction-part.ts";

/** What is done on a client comes one after the other, in the order in which it was asked for. */
const clients = new WeakMap<object, ReturnType<typeof createClient>>();

const createClient = () => ({ inTurn: createTurns(), makeKnown: createMaker() });

export function createJoin(
  parts: Parts,
  isClosed: () => boolean,
): (transaction: PostgresTransaction) => Result<RemoteTransaction, InvalidInput> {
  const partOf = createParts(parts);
  return (transaction) => {
    const entrance = entranceTo(transaction);
    if (entrance !== null) return ok({ answers: "later", inTurn: turnsIn(entrance, partOf, isClosed) });
    const rule =
      "must be a client of node-postgres within a transaction, a transaction of drizzle or postgres.js, or a runSql of another library's; a pool is none of them";
    return err(invalidInput("transaction", rule, transaction));
  };
}

function turnsIn({ key, connection }: Entrance, partOf: PartOf, isClosed: () => boolean): RemoteTransaction["inTurn"] {
  return <T, E>(work: (part: TransactionPart) => ResultAsync<T, E>) => {
    if (isClosed()) return errAsync(closedError());
    const client = clients.get(key) ?? createClient();
    clients.set(key, client);
    const call = newCall();
    // At once, and not in its turn: by then another transaction may be open.
    const known = answered(async () => ok(await client.makeKnown(connection, call)));
    const done = client.inTurn(() => known.andThen(() => work(partOf(connection, call))));
    return answered(async (): Promise<Result<T, E | StorageError>> => {
      const [result] = await Promise.all([done, known]);
      return result;
    });
  };
}
