import { err, ok, type Result, type ResultAsync } from "neverthrow";
import type { EpochMs } from "../../domain/instant.ts";
import type { ReadError } from "../../ports/ledger-reader.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import type { CheckedFollowing } from "./following.ts";
import { handOver, type HandlerFailed } from "./hand-over.ts";

export type StepError = ReadError | HandlerFailed;

/** One of those who follow under a name. It asks for the lead, keeps it, and hands over events while it has it. */
export interface Leading {
  /** How far it has come; null while another leads. */
  position(): number | null;
  /** Looks once, and hands over what it finds. Returns whether to look again at once. */
  step(): Promise<Result<boolean, StepError>>;
  release(): ResultAsync<void, StorageError>;
}

/**
 * @param beginning - the position after which a new name begins
 * @param report - told when the lead cannot be renewed during a step
 */
export function createLeading(
  { storage: { checkpoints, reader }, clock, ids }: Dependencies,
  following: CheckedFollowing,
  beginning: number,
  report: (error: StorageError) => void,
): Leading {
  const { name, batchSize } = following;
  const owner = ids.next();
  const leaseMs = following.leaseSeconds * 1000;
  let position: number | null = null;
  /** From this time on, the lead is to be taken or renewed. */
  let leadAgainAt: EpochMs = -Infinity;

  function lead() {
    const now = clock.now();
    leadAgainAt = now + leaseMs / 2;
    return { name, owner, now, until: now + leaseMs };
  }

  async function takeLead(): Promise<Result<number | null, StorageError>> {
    return checkpoints.lead(lead(), beginning);
  }

  async function look(): Promise<Result<boolean, StepError>> {
    const now = clock.now();
    // If `leadAgainAt` is further away than half a lease, the clock was set back. Without a renewal, the lease would
    // end only when the clock has caught up with its old time.
    if (position === null || now >= leadAgainAt || leadAgainAt > now + leaseMs / 2) {
      const led = await takeLead();
      if (led.isErr()) return err(led.error);
      position = led.value;
    }
    if (position === null) return ok(false);
    const from = position;
    const page = await reader.readAll({ after: from, limit: batchSize });
    if (page.isErr()) return err(page.error);
    const last = page.value.at(-1);
    if (last === undefined) return ok(false);
    const handed = await keepingLead(from, () => handOver(following, page.value));
    if (handed.isErr()) return err(handed.error);
    const advanced = await checkpoints.advance(lead(), from, last.position);
    if (advanced.isErr()) return err(advanced.error);
    position = advanced.value ? last.position : null;
    return ok(advanced.value);
  }

  /**
   * Renews the lead while `work` runs. Stops when the lead is lost: another leads, or the name no longer stands at
   * `at`.
   */
  async function keepingLead<T>(at: number, work: () => Promise<T>): Promise<T> {
    const over = new AbortController();
    const renewing = (async () => {
      for (;;) {
        await clock.sleep(leaseMs / 3, over.signal);
        if (over.signal.aborted) return;
        // Work may take long, and a rejection left unhandled until it ends would end the process.
        const renewed = await takeLead().catch(brokenOff);
        if (renewed.isErr()) report(renewed.error);
        else if (renewed.value !== at) return void (position = null);
      }
    })();
    try {
      return await work();
    } finally {
      over.abort();
      await renewing;
    }
  }

  return {
    position: () => position,
    async step() {
      const looked = await look().catch(brokenOff);
      if (looked.isErr()) leadAgainAt = -Infinity;
      return looked;
    },
    release() {
      position = null;
      return checkpoints.release(name, owner);
    },
  };
}

/** Turns a bug, in an adapter or here, into a `StorageError`, so that it does not end the process. */
function brokenOff(bug: unknown): Result<never, StorageError> {
  return err(storageError("unexpected", "a bug ended a follower's look at the ledger", bug));
}
