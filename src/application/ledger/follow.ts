import { errAsync, okAsync, ResultAsync, type Result } from "neverthrow";
import type { InvalidInput } from "../../domain/invalid-input.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { causeFacts, errorFacts } from "../error-facts.ts";
import { createWakeUps, listen } from "../wake-ups.ts";
import { checkFollowing, type CheckedFollowing, type Following } from "./following.ts";
import { createLeading, type StepError } from "./leading.ts";

/** Hands over the ledger's events while it leads those who follow under its name. */
export interface Follower {
  /** How far it has come: the position of the last event handed over; null while another leads. */
  position(): number | null;
  /**
   * Resolves when the batch under way is handed over and its position is stored, and lets another take the lead. It
   * waits for `onEvents`, so inside `onEvents` you may call it but not await it. The same goes for the instance's
   * `close`.
   */
  stop(): ResultAsync<void, StorageError>;
}

export type FollowError = InvalidInput | StorageError;

/** New events, and the end of another leader, are seen after this time at the latest. */
const POLL_MS = 250;
/** The pause between two tries to hand over the same events. It doubles with each. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;

export function follow(deps: Dependencies, following: Following): ResultAsync<Follower, FollowError> {
  return checkFollowing(following).asyncAndThen((checked) =>
    beginningOf(deps, checked).map((beginning) => createFollower(deps, checked, beginning)),
  );
}

function beginningOf(
  { storage, closing }: Dependencies,
  { from }: CheckedFollowing,
): ResultAsync<number, StorageError> {
  if (closing.aborted)
    return errAsync(storageError("closed", "hookledger is closed and no longer follows the ledger; open it again"));
  return from === "now" ? storage.reader.settledPosition() : okAsync(from);
}

function createFollower(deps: Dependencies, following: CheckedFollowing, beginning: number): Follower {
  const { clock, logger } = deps;
  const { name } = following;
  const leading = createLeading(deps, following, beginning, report);
  const stopped = new AbortController();
  const stops = createWakeUps();

  function report(error: StepError): void {
    const facts =
      error.type === "HandlerFailed" ? { error: error.message, ...causeFacts(error.cause) } : errorFacts(error);
    logger.error("a follower of the ledger could not go on; it tries again", { name, ...facts });
  }

  async function run(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (!stopped.signal.aborted) {
      const news = listen(clock, deps.wakeUps);
      news.also(deps.appended);
      news.also(stops);
      const stepped = await leading.step();
      if (stepped.isErr()) {
        report(stepped.error);
        await clock.sleep(pause, stopped.signal);
        pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
      } else {
        pause = FIRST_PAUSE_MS;
        // New events are for the leader. The others only look now and then whether it is still there.
        if (!stepped.value)
          await (leading.position() === null ? clock.sleep(POLL_MS, stopped.signal) : news.orAfter(POLL_MS));
      }
      news.forget();
    }
  }

  // Closing stops the followers that exist by then. This one may have begun meanwhile.
  if (deps.closing.aborted) stopped.abort();
  const running = run();
  let release: Promise<Result<void, StorageError>> | null = null;

  return {
    position: leading.position,
    stop() {
      stopped.abort();
      stops.notify();
      release ??= running.then(leading.release);
      return new ResultAsync(release);
    },
  };
}
