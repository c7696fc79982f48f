import { err, ok, type Result } from "neverthrow";
import {
  deliveryDecider,
  type DeliveryCommand,
  type DeliveryEvent,
  type DeliveryState,
} from "../../domain/delivery/index.ts";
import type { EpochMs } from "../../domain/instant.ts";
import { streamId, type RecordedEvent } from "../../domain/ledger/index.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ClaimedDelivery, Lease } from "../../ports/delivery-queue.ts";
import type { Commit } from "../../ports/commit.ts";
import type { Dependencies } from "../dependencies.ts";
import { load, type ExecuteError } from "../execute.ts";
import { MOST_TRIES, neverRefused, refusedFor } from "../refused-append.ts";
import { deliveryAggregate } from "./delivery.ts";

type Deps = Pick<Dependencies, "storage" | "clock">;
type Recorded = Result<readonly DeliveryEvent[], ExecuteError>;

/** The pause before trying again when the storage may soon take the outcome. */
const PAUSE_MS = 100;
/** An attempt may outlast the lease it began under, which is renewed meanwhile. Its outcome has at least this long. */
const GRACE_MS = 10_000;

/**
 * Appends an outcome at the version under which the delivery was claimed. If the stream has moved on, the lease has
 * ended: a success is decided again on what the delivery has become, and any other outcome is dropped. An outcome other
 * than a success is also dropped if somebody else holds the delivery, even a later run of the same worker: the holder's
 * outcome is the awaited one.
 *
 * If the storage cannot take the outcome now, tries again for as long as the lease lasts: the receiver has answered,
 * and a dropped outcome means a repeated request. An append in doubt whose events are found in the stream was recorded,
 * even if somebody else holds the delivery by then.
 */
export async function recordOutcome(
  deps: Deps,
  lease: Lease,
  { delivery, version }: ClaimedDelivery,
  command: DeliveryCommand,
  { health, responses }: Required<Pick<Commit, "health" | "responses">>,
): Promise<Recorded> {
  const { storage, clock } = deps;
  const { deliveryId } = delivery;
  const giveUpAt = Math.max(lease.until, clock.now() + GRACE_MS);
  let state: DeliveryState = delivery;
  let expectedVersion = version;
  let inDoubt = false;
  for (let triesLeft = MOST_TRIES; ;) {
    const decided = deliveryDecider.decide(command, state);
    if (decided.isErr()) return err(neverRefused(decided.error));
    const events = decided.value;
    if (events.length === 0) return ok(events);
    const now = clock.now();
    const appended = await storage.writer.append({
      recordedAt: now,
      streams: [{ streamId: streamId("delivery", deliveryId), expectedVersion, events }],
      fences: command.type === "RecordSuccess" ? [] : [{ deliveryId, owner: lease.owner, now }],
      health,
      responses,
    });
    if (appended.isOk()) return ok(events);
    const { error } = appended;
    switch (error.type) {
      case "IdempotencyKeyTaken":
      case "WebhooksChanged":
      case "WebhookRecovered":
        return err(refusedFor(error));
      case "StorageError":
        inDoubt ||= error.reason === "in-doubt";
        if (!mayPass(error, clock.now(), giveUpAt)) return err(error);
        await pause(clock);
        break;
      case "LeaseLost":
      case "VersionConflict": {
        if (command.type !== "RecordSuccess" && !inDoubt) return ok([]);
        triesLeft -= 1;
        if (triesLeft === 0) return error.type === "LeaseLost" ? ok([]) : err(error);
        const present = await load(deps, deliveryAggregate, deliveryId);
        if (present.isErr()) {
          if (!mayPass(present.error, clock.now(), giveUpAt)) return err(present.error);
          await pause(clock);
          break;
        }
        // The delivery had ended and was pruned while the request was under way: there is nothing left to record this
        // in.
        if (present.value.version === 0) return ok([]);
        if (inDoubt && goesOnWith(present.value.events, expectedVersion, events)) return ok(events);
        if (command.type !== "RecordSuccess") return ok([]);
        state = present.value.state;
        expectedVersion = present.value.version;
      }
    }
  }
}

/** Whether these events follow on `version`. If so, the append in doubt was recorded after all. */
function goesOnWith(
  stream: readonly RecordedEvent<DeliveryEvent>[],
  version: number,
  events: readonly DeliveryEvent[],
): boolean {
  return events.every(({ type, data }, index) => {
    const recorded = stream[version + index];
    return recorded?.type === type && JSON.stringify(recorded.data) === JSON.stringify(data);
  });
}

/**
 * Whether to try again. An append in doubt can be repeated: it names its version, and so is recorded only once. A
 * database that is read-only may be one that was primary until a moment ago, and the next connection leads to the new
 * one.
 */
function mayPass(error: ExecuteError, now: EpochMs, giveUpAt: EpochMs): boolean {
  if (error.type !== "StorageError" || now + PAUSE_MS >= giveUpAt) return false;
  return error.retryable || error.reason === "in-doubt" || error.reason === "read-only";
}

function pause(clock: Clock): Promise<void> {
  return clock.sleep(PAUSE_MS, new AbortController().signal);
}
