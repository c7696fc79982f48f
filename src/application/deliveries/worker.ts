import { err, errAsync, okAsync, ResultAsync, type Result } from "neverthrow";
import type { InvalidInput } from "../../domain/invalid-input.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { checkObject } from "../check-arguments.ts";
import type { Deliverer, Dependencies } from "../dependencies.ts";
import { errorFacts } from "../error-facts.ts";
import type { AttemptError } from "./attempt-delivery.ts";
import type { ClaimOptions } from "./claim-due.ts";
import { deliverDue } from "./delivery-loop.ts";
import { finishOrRelease } from "./finish-or-release.ts";
import { createSlots } from "./slots.ts";
import {
  checkDeadline,
  checkWorkerOptions,
  stopNames,
  usualDeadlineSeconds,
  usualLeaseSeconds,
  workerNames,
  type StopOptions,
  type WorkerOptions,
} from "./worker-options.ts";

export type StopError = InvalidInput | StorageError;

/** Delivers what is due. Several workers may run, in one process or in many. */
export interface Worker {
  /**
   * Begins to deliver in the background. A worker that already runs goes on. `StorageError`, `closed`: the instance is
   * closed.
   */
  start(): ResultAsync<void, InvalidInput | StorageError>;
  /**
   * Delivers until no delivery is pending. A retry that is still to come counts as pending, and is waited for. If
   * `stop` or `close` ends it before that, it resolves `Ok` too, and what is pending stays so. It waits for the
   * attempts under way, even past the deadline of `stop`, until `close` at the latest. `StorageError`, `closed`: it was
   * called after `close`.
   */
  runUntilIdle(): ResultAsync<void, InvalidInput | AttemptError>;
  /**
   * Takes up nothing new, and resolves when the attempts under way are recorded. After the deadline, releases their
   * deliveries instead, for any worker to take up; an answer that still comes is recorded. The worker can be started
   * again.
   */
  stop(options?: StopOptions): ResultAsync<void, StopError>;
}

type Loop = Omit<ClaimOptions, "onError">;

/** How long the background waits after an error of the storage. */
const PAUSE_MS = 1000;

/** Creates a worker. It is among `deps.delivering` while it runs, and until all that it has begun is recorded. */
export function createWorker(deps: Dependencies, options: WorkerOptions = {}): Worker {
  const given = checkObject("options", options, workerNames);
  const settings: WorkerOptions = given.unwrapOr({});
  const { concurrency = 64, leaseSeconds = usualLeaseSeconds(deps.request) } = settings;
  const { perWebhookConcurrency = Math.min(16, concurrency) } = settings;
  const checked = given.andThen(() =>
    checkWorkerOptions({ concurrency, perWebhookConcurrency, leaseSeconds }, deps.request.timeoutSeconds),
  );
  const slots = createSlots(concurrency, perWebhookConcurrency);
  /** The runs that have not ended, each with the owner of its leases. */
  const running = new Map<Promise<unknown>, string>();
  let stopped = new AbortController();
  let background: Promise<void> | null = null;

  function mayRun(): Result<void, InvalidInput | StorageError> {
    return deps.closing.aborted && checked.isOk()
      ? err(storageError("closed", "hookledger is closed and no longer delivers; open it again"))
      : checked;
  }

  function run<T>(work: (loop: Loop, signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = stopped;
    const owner = deps.ids.next();
    const loop = { owner, leaseSeconds, slots, isStopped: () => signal.aborted };
    const done = work(loop, signal)
      .finally(() => slots.drained(owner))
      .finally(() => {
        running.delete(done);
        if (running.size === 0) deps.delivering.delete(deliverer);
      });
    running.set(done, owner);
    deps.delivering.add(deliverer);
    return done;
  }

  async function inBackground(loop: Loop, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !deps.closing.aborted) {
      const ended = await deliverDue(deps, { ...loop, onError: () => undefined }, false);
      if (ended.isOk()) return;
      deps.logger.error("the worker could not look for due deliveries; it tries again", errorFacts(ended.error));
      await deps.clock.sleep(PAUSE_MS, signal);
    }
  }

  function stopWithin(deadlineSeconds: number): ResultAsync<void, StorageError> {
    stopped.abort();
    stopped = new AbortController();
    background = null;
    deps.wakeUps.notify();
    slots.claimable.notify();
    return new ResultAsync(finishOrRelease(deps, slots, new Map(running), deadlineSeconds));
  }

  const deliverer: Deliverer = { stop: () => stopWithin(usualDeadlineSeconds(deps.request)) };

  return {
    start() {
      const ready = mayRun();
      if (ready.isErr()) return errAsync(ready.error);
      background ??= run(inBackground);
      return okAsync(undefined);
    },
    runUntilIdle() {
      const ready = mayRun();
      if (ready.isErr()) return errAsync(ready.error);
      return new ResultAsync(run((loop) => untilIdle(deps, loop)));
    },
    stop: (stopOptions = {}) =>
      checkObject("options", stopOptions, stopNames)
        .andThen(({ deadlineSeconds = usualDeadlineSeconds(deps.request) }) => checkDeadline(deadlineSeconds))
        .asyncAndThen(stopWithin),
  };
}

/**
 * Delivers until nothing is pending. Stops at the first outcome that cannot be recorded: its delivery would stay
 * leased, and idle would come late. However it ends, none of its own attempts is still under way.
 */
export async function untilIdle(deps: Dependencies, loop: Loop): Promise<Result<void, AttemptError>> {
  const errors: AttemptError[] = [];
  const isStopped = () => errors.length > 0 || loop.isStopped();
  const ended = await deliverDue(deps, { ...loop, isStopped, onError: (error) => errors.push(error) }, true);
  await loop.slots.drained(loop.owner);
  const [first] = errors;
  return first === undefined ? ended : err(first);
}
