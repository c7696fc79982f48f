import { err, ResultAsync } from "neverthrow";
import { setImmediate } from "node:timers/promises";
import type { Claim, ClaimedDelivery } from "../../ports/delivery-queue.ts";
import type { AppendedStream, AppendError, Commit } from "../../ports/ledger-writer.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { AppendMember, Batch, ClaimMember } from "./batch.ts";
import type { Transact } from "./transact.ts";

/** Gathers appends and claims, and does them in one transaction at a time: an fsync serves many. */
export interface GroupCommit {
  append(commit: Commit): ResultAsync<readonly AppendedStream[], AppendError>;
  claim(ask: () => Claim): ResultAsync<readonly ClaimedDelivery[], StorageError>;
  /** Resolves when all that was asked for is done. */
  drained(): Promise<void>;
}

/** So many share a transaction at the most, so that none waits for long. */
const MOST_MEMBERS = 512;

/**
 * Whatever a shared transaction fails of, each of its appends is then tried by itself, so that only the one that is to
 * blame fails.
 */
export function createGroupCommit({ together, alone }: Transact): GroupCommit {
  let appends: AppendMember[] = [];
  let claims: ClaimMember[] = [];
  let draining: Promise<void> | null = null;

  async function drain(): Promise<void> {
    // Whoever was answered in this turn of the event loop asks for more in it.
    for (await setImmediate(); appends.length + claims.length > 0; await setImmediate()) {
      const batch = { appends: appends.slice(0, MOST_MEMBERS), claims };
      appends = appends.slice(MOST_MEMBERS);
      claims = [];
      try {
        await perform(batch);
      } catch (bug) {
        for (const { reject } of [...batch.appends, ...batch.claims]) reject(toError(bug));
      }
    }
    draining = null;
  }

  async function perform(batch: Batch): Promise<void> {
    const outcome = await together(batch);
    if (outcome === "done") return;
    if (outcome !== "each alone") {
      for (const { settle } of batch.appends) settle(err(outcome));
      for (const { settle } of batch.claims) settle(err(outcome));
      return;
    }
    // The claims are made again, after the appends.
    claims = [...batch.claims, ...claims];
    for (const { commit, settle, reject } of batch.appends)
      await alone(commit).then(settle, (bug: unknown) => reject(toError(bug)));
  }

  function begin(): void {
    draining ??= drain();
  }

  return {
    append: (commit) =>
      new ResultAsync(
        new Promise((settle, reject) => {
          appends.push({ commit, settle, reject });
          begin();
        }),
      ),
    claim: (ask) =>
      new ResultAsync(
        new Promise((settle, reject) => {
          claims.push({ ask, settle, reject });
          begin();
        }),
      ),
    drained: async () => {
      while (draining !== null) await draining;
    },
  };
}

function toError(bug: unknown): Error {
  return bug instanceof Error ? bug : new Error("a bug threw something else than an error", { cause: bug });
}
