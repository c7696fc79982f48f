import { err, errAsync, ok, okAsync, ResultAsync, type Result } from "neverthrow";
import type { InvalidInput } from "../../domain/invalid-input.ts";
import type { EpochMs } from "../../domain/instant.ts";
import type { ReadError } from "../../ports/ledger-reader.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { createWakeUps, listen } from "../deliveries/wake-ups.ts";
import { checkFollowing, type CheckedFollowing, type Following } from "./following.ts";
import { handOver, type HandlerFailed } from "./hand-over.ts";

/** Hands the ledger's events over, for as long as it leads those who follow under its name. */
export interface Follower {
  /** How far it has come: the position of the last event that was handed over; null while another leads. */
  position(): number | null;
  /**
   * Resolves once the batch under way is handed over and noted, and lets another take the lead. Inside `onEvents`, which it waits for, it
   * can be called but not waited for; so it is with the instance's `close`.
   */
  stop(): ResultAsync<void, StorageError>;
}

export type FollowError = InvalidInput | StorageError;

/** New events are seen at the latest after this, and another leader's end. */
const POLL_MS = 250;
/** Between two tries to hand over the same events. */
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [250, 30_000];

export function follow(deps: Dependencies, following: Following): ResultAsync<Follower, FollowError> {
  return checkFollowing(following).asyncAndThen((checked) =>
    beginningOf(deps, checked).map((beginning) => createFollower(deps, checked, beginning)),
  );
}

function beginningOf(
  { storage, closing }: Dependencies,
  { from }: CheckedFollowing,
): ResultAsync<number, StorageError> {
  if (closing.aborted) return errAsync(storageError("closed", "the instance is closed, and follows nothing any more"));
  return from === "now" ? storage.reader.settledPosition() : okAsync(from);
}

function createFollower(deps: Dependencies, following: CheckedFollowing, beginning: number): Follower {
  const { storage, clock } = deps;
  const { name } = following;
  const owner = deps.ids.next();
  const stopped = new AbortController();
  const stops = createWakeUps();
  let position: number | null = null;
  const leaseMs = following.leaseSeconds * 1000;
  /** From then on the lead is to be taken, or gone on with. */
  let leadAgainAt: EpochMs = -Infinity;
  const lead = () => {
    const now = clock.now();
    leadAgainAt = now + leaseMs / 2;
    return { name, owner, now, until: now + leaseMs };
  };

  /** One look, and what there is handed over. Whether to look again at once. */
  async function step(): Promise<Result<boolean, ReadError | HandlerFailed>> {
    if (position === null || clock.now() >= leadAgainAt) {
      const led = await takeLead();
      if (led.isErr()) return err(led.error);
      position = led.value;
    }
    if (position === null) return ok(false);
    const from = position;
    const page = await storage.reader.readAll({ after: from, limit: following.batchSize });
    if (page.isErr()) return err(page.error);
    const last = page.value.at(-1);
    if (last === undefined) return ok(false);
    const handed = await keepingLead(from, () => handOver(following, page.value));
    if (handed.isErr()) return err(handed.error);
    const advanced = await storage.checkpoints.advance(lead(), from, last.position);
    if (advanced.isErr()) return err(advanced.error);
    position = advanced.value ? last.position : null;
    return ok(advanced.value);
  }

  async function takeLead(): Promise<Result<number | null, StorageError>> {
    return storage.checkpoints.lead(lead(), beginning);
  }

  /** Goes on with the lead for as long as `work` takes, or until it is lost: then the name stands elsewhere than `at`, or another leads. */
  async function keepingLead<T>(at: number, work: () => Promise<T>): Promise<T> {
    const over = new AbortController();
    const renewing = (async () => {
      for (;;) {
        await clock.sleep(leaseMs / 3, over.signal);
        if (over.signal.aborted) return;
        // Work may take long: a rejection that waited for its end would end the process.
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

  function report(error: ReadError | HandlerFailed): void {
    deps.logger.error("a follower of the ledger has come to a halt; it tries again", { name, error: error.message });
  }

  async function run(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (!stopped.signal.aborted) {
      const news = listen(clock, deps.wakeUps);
      news.also(deps.appended);
      news.also(stops);
      const stepped = await step().catch(brokenOff);
      if (stepped.isErr()) {
        report(stepped.error);
        leadAgainAt = -Infinity;
        await clock.sleep(pause, stopped.signal);
        pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
      } else {
        pause = FIRST_PAUSE_MS;
        // What comes is the leader's: who does not lead looks only now and then whether that one is still there.
        if (!stepped.value) await (position === null ? clock.sleep(POLL_MS, stopped.signal) : news.orAfter(POLL_MS));
      }
      news.forget();
    }
  }

  // Whoever closes stops those that follow by then; this one may have begun meanwhile.
  if (deps.closing.aborted) stopped.abort();
  const running = run();
  let release: Promise<Result<void, StorageError>> | null = null;

  async function ended(): Promise<Result<void, StorageError>> {
    await running;
    position = null;
    return storage.checkpoints.release(name, owner);
  }

  return {
    position: () => position,
    stop() {
      stopped.abort();
      stops.notify();
      release ??= ended();
      return new ResultAsync(release);
    },
  };
}

/** A bug, in an adapter or here: it is no reason for the process to end. */
function brokenOff(bug: unknown): Result<never, StorageError> {
  return err(storageError("unexpected", "a bug broke off the look at the ledger", bug));
}
