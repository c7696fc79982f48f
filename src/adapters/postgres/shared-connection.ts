import type { Connection, Lend } from "./connection.ts";

/** One that is lent to several at once. */
interface Loan {
  readonly connection: Promise<Connection>;
  /** How many have ever used it. */
  uses: number;
  users: number;
  /** What the first of them that has failed has thrown. */
  failure: { readonly thrown: unknown } | null;
  takeBack(): void;
  /** Resolves when it is taken back. */
  readonly over: Promise<void>;
}

/** Without a pause, so many use it at the most: only a pool that has a connection back can end it, for its age or as it ends itself. */
const MOST_USES = 100;

/**
 * Lends the same connection to whoever asks while it is lent, so that what is to follow can be sent before the answers to what is under way.
 * What they ask of it is done in that order. It is taken back when nobody uses it any more: whoever comes once one of them has failed, or
 * while somebody else waits for a connection, or when it has long been in use, waits for that, and is lent another.
 *
 * @param isAwaited - whether somebody waits for a connection
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
    // Its lender looks at what was thrown, whether the connection is lost.
    takeBack: () => (shared.failure === null ? end() : fail(shared.failure.thrown)),
    over: lending.catch(() => undefined),
  };
  return shared;
}
