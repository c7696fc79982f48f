import { Result, type ResultAsync } from "neverthrow";
import { checkLimit, checkObject, checkPosition, checkText } from "./application/check-arguments.ts";
import type { Dependencies } from "./application/dependencies.ts";
import { follow, type Follower, type FollowError } from "./application/ledger/follow.ts";
import type { Following } from "./application/ledger/following.ts";
import {
  prune,
  pruneNames,
  pruningNames,
  type Pruned,
  type PruneError,
  type PruneOptions,
  type Pruning,
} from "./application/ledger/prune.ts";
import type { OpenCalls } from "./application/open-calls.ts";
import type { InvalidInput } from "./domain/invalid-input.ts";
import type { NamesOf } from "./domain/known-names.ts";
import type { RecordedEvent } from "./domain/ledger/index.ts";
import type { LedgerPage, ReadError } from "./ports/ledger-reader.ts";
import type { Verification } from "./ports/projections.ts";

const pageNames: NamesOf<LedgerPage> = { after: true, limit: true };

/** The append-only record of every decision, and the tables derived from it. */
export interface Ledger {
  /**
   * Returns the events after a position, at most `limit` of them (1 to 1,000). `DamagedEvent` names the position of one
   * that cannot be read.
   */
  readAll(page: LedgerPage): ResultAsync<readonly RecordedEvent[], ReadError | InvalidInput>;
  /**
   * Returns all events of a stream, such as `delivery-{deliveryId}`; none if there is no such stream. `DamagedEvent` as
   * by `readAll`.
   */
  readStream(streamId: string): ResultAsync<readonly RecordedEvent[], ReadError | InvalidInput>;
  /**
   * Hands over the ledger's events as they are appended: in order, none missed, each at least once. The position
   * reached is stored under the name. Any number of followers may share a name, in many processes: one of them leads,
   * and when it ends another takes over. Resolves when following has begun. `StorageError`, `closed`, if hookledger is
   * closed.
   */
  follow(following: Following): ResultAsync<Follower, FollowError>;
  /**
   * Empties the projections and fills them from the ledger. `DamagedEvent` names the position of an event that cannot
   * be read, or cannot stand where it does; everything then stays as it was.
   */
  rebuild(): ResultAsync<{ readonly events: number }, ReadError>;
  /** Replays the ledger beside the projections, and reports where they differ. `DamagedEvent` as by `rebuild`. */
  verify(): ResultAsync<Verification, ReadError>;
  /**
   * Removes the deliveries that were settled before a time, and the messages that have no delivery left, with their
   * payloads and streams. This is the one exception to the ledger being append-only. Goes in small steps, while workers
   * go on. The idempotency keys of removed messages are free again. After an error what was removed stays removed;
   * prune again for the rest.
   */
  prune(pruning: Pruning, options?: PruneOptions): ResultAsync<Pruned, PruneError>;
}

/** Gives the use cases of the ledger their public form. */
export function ledgerOf(deps: Dependencies, { track }: OpenCalls, followers: Set<Follower>): Ledger {
  const { reader, projections } = deps.storage;
  return {
    follow: (following) =>
      follow(deps, following).map((follower) => {
        const forget = () => followers.delete(follower);
        followers.add(follower);
        return { ...follower, stop: () => follower.stop().andTee(forget).orTee(forget) };
      }),
    readAll: (page) =>
      checkObject("page", page, pageNames)
        .andThen(({ limit, after = 0 }) => Result.combine([checkLimit("limit", limit), checkPosition("after", after)]))
        .asyncAndThen(([limit, after]) => track(reader.readAll({ after, limit }))),
    readStream: (streamId) => checkText("streamId", streamId).asyncAndThen((id) => track(reader.readStream(id))),
    rebuild: () => projections.rebuild(),
    verify: () => projections.verify(),
    prune: (pruning, options = {}) =>
      checkObject("pruning", pruning, pruningNames)
        .andThen(() => checkObject("options", options, pruneNames))
        .asyncAndThen((given) => track(prune(deps, pruning, given))),
  };
}
