import type { Connection, Lend } from "./connection.ts";

/** A connection that is lent to several at once. */
interface Loan {
  readonly connection: Promise<Connection>;
  /** How many have ever used the connection. */
  uses: number;
  users: number;
  /** What the first user to fail has thrown. */
  failure: { readonly thrown: unknown } | null;
  takeBack(): void;
  /** Resolves when the connection is taken back. */
  readonly over: Promise<void>;
}

/**
 * The most uses without a pause. A pool can end a connection, for its age or because the pool itself ends, only when it
 * has the connection back.
 */
const MOST_USES = 100;

/**
 * Lends the same connection to whoever asks while it is lent, so that what follows can be sent before the answers to
 * what is under way. The connection does what it is asked in the order asked. It is taken back when nobody uses it any
 * more.
 *
 * Whoever asks waits for that and is lent another if
 * - a user of this one has failed,
 * - somebody else waits for a connection, or
 * - this one has had `MOST_USES` uses.
 *
 * @param isAwaited - tells whether somebody waits for a connection
 */
export function shareConnection(lend: Lend, isAwaited: () => boolean): Lend {
  let shared: Loan | null = null;

  return async (work) => {
    while (shared !== null && (shared.failure !== null || shared.uses >= MOST_USES || isAwaited())) await shared.over;
    const joined = (shared ??= share(lend));
    joined.uses += 1;
    joined.users += 1;
    try {
      return await work(await joined.connection);
    } catch (thrown) {
      joined.failure ??= { thrown };
      throw thrown;
    } finally {
      joined.users -= 1;
      if (joined.users === 0) {
        if (shared === joined) shared = null;
        joined.takeBack();
      }
    }
  };
}

function share(lend: Lend): Loan {
  let [end, fail]: [() => void, (thrown: unknown) => void] = [() => undefined, () => undefined];
  let lending = Promise.resolve();
  const connection = new Promise<Connection>((resolve, reject) => {
    lending = lend((lent) => {
      resolve(lent);
      return new Promise<void>((...settle) => ([end, fail] = settle));
    });
    lending.catch(reject);
  });
  const shared: Loan = {
    connection,
    uses: 0,
    users: 0,
    failure: null,
    // The lender sees by what was thrown whether the connection is lost.
    takeBack: () => (shared.failure === null ? end() : fail(shared.failure.thrown)),
    over: lending.catch(() => undefined),
  };
  return shared;
}
