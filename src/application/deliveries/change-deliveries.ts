import { err, ok, type Result } from "neverthrow";
import { deliveryDecider, type DeliveryCommand } from "../../domain/delivery/index.ts";
import { deliveryState, idIn, streamId, type DeliveryView } from "../../domain/ledger/index.ts";
import { NOBODY, type Commit, type Fence, type StreamAppend } from "../../ports/commit.ts";
import type { WebhooksChanged } from "../../ports/ledger-writer.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { MOST_TRIES, refusedFor } from "../refused-append.ts";

type Deps = Pick<Dependencies, "storage" | "clock" | "logger">;

export interface Changeable {
  readonly views: readonly DeliveryView[];
  /** Streams that the commit does not change but depends on, at these versions. */
  readonly restsOn: readonly StreamAppend[];
}

/** Who made the change, and the webhooks' revision on which it was decided, if that matters. */
interface Circumstances extends Pick<Commit, "metadata" | "webhooksRevision"> {
  /** Selects the deliveries that may be changed; all, if not given. Asked again if another writer comes in between. */
  readonly among?: (views: readonly DeliveryView[]) => Promise<Result<Changeable, StorageError>>;
}

type Changed = Result<number, StorageError | WebhooksChanged>;

/** How many share a commit: a few milliseconds' work, so that other writes can come in between. */
export const DELIVERIES_A_COMMIT = 200;

/**
 * Gives a page of deliveries the same command, in one commit. If another writer comes in between, does each half anew,
 * on what its deliveries have become, and so on down to single ones: one delivery that is in the way costs a few
 * commits, and not one for each delivery. Deliveries that refuse the command stay as they are, and so does one that is
 * to be redelivered while a worker holds it.
 *
 * @returns how many were changed. `WebhooksChanged`: webhooks have changed since the revision, but some deliveries may
 * have been changed all the same
 */
export async function changeDeliveries(
  deps: Deps,
  views: readonly DeliveryView[],
  command: DeliveryCommand,
  circumstances: Circumstances,
): Promise<Changed> {
  const together = await change(deps, views, command, circumstances);
  if (together.isErr()) return err(together.error);
  if (typeof together.value === "number") return ok(together.value);
  const ids = views.map(({ deliveryId }) => deliveryId);
  const half = Math.ceil(ids.length / 2);
  let changed = 0;
  for (const part of [ids.slice(0, half), ids.slice(half)]) {
    const anew = await changeAnew(deps, part, command, circumstances);
    if (anew.isErr()) return err(anew.error);
    changed += anew.value;
  }
  return ok(changed);
}

async function changeAnew(
  deps: Deps,
  deliveryIds: readonly string[],
  command: DeliveryCommand,
  circumstances: Circumstances,
): Promise<Changed> {
  const [first, ...others] = deliveryIds;
  if (first === undefined) return ok(0);
  if (others.length === 0) return changeAlone(deps, first, command, circumstances);
  const views: DeliveryView[] = [];
  for (const deliveryId of deliveryIds) {
    const view = await deps.storage.deliveries.get(deliveryId);
    if (view.isErr()) return err(view.error);
    if (view.value !== null) views.push(view.value);
  }
  return changeDeliveries(deps, views, command, circumstances);
}

/**
 * A redelivery is for nobody's delivery. One that waited when it was looked at may be under way by the time of the
 * commit, and one that waits by this clock may be due by another's.
 */
export function fencesOf({ type, data }: DeliveryCommand, deliveryId: string): readonly Fence[] {
  return type === "RequestRedelivery" ? [{ deliveryId, owner: NOBODY, now: data.now }] : [];
}

/** Decides the command on a delivery as its row has it. No events if it is refused, or already so. */
export function changeTo(view: DeliveryView, command: DeliveryCommand): StreamAppend {
  const events = deliveryDecider.decide(command, deliveryState(view)).unwrapOr([]);
  return { streamId: streamId("delivery", view.deliveryId), expectedVersion: view.version, events };
}

/** Why no delivery was changed: another writer came in between, or a worker holds one that is to be redelivered. */
type Prevented = "overtaken" | "held";

async function change(
  { storage, clock }: Deps,
  views: readonly DeliveryView[],
  command: DeliveryCommand,
  { among, ...circumstances }: Circumstances,
): Promise<Result<number | Prevented, StorageError | WebhooksChanged>> {
  const changeable = among === undefined ? ok({ views, restsOn: [] }) : await among(views);
  if (changeable.isErr()) return err(changeable.error);
  const { views: left, restsOn } = changeable.value;
  const changed = left.map((view) => changeTo(view, command)).filter(({ events }) => events.length > 0);
  if (changed.length === 0) return ok(0);
  const streams = [...changed, ...restsOn];
  const fences = changed.flatMap(({ streamId: stream }) => fencesOf(command, idIn(stream)));
  const appended = await storage.writer.append({ recordedAt: clock.now(), streams, fences, ...circumstances });
  if (appended.isOk()) return ok(changed.length);
  const error = refusedFor(appended.error, "VersionConflict", "LeaseLost", "WebhooksChanged");
  switch (error.type) {
    case "VersionConflict":
      return ok("overtaken");
    case "LeaseLost":
      return ok("held");
    case "WebhooksChanged":
    case "StorageError":
      return err(error);
  }
}

async function changeAlone(
  deps: Deps,
  deliveryId: string,
  command: DeliveryCommand,
  circumstances: Circumstances,
): Promise<Changed> {
  for (let triesLeft = MOST_TRIES; triesLeft > 0; triesLeft -= 1) {
    const view = await deps.storage.deliveries.get(deliveryId);
    if (view.isErr()) return err(view.error);
    const changed = await change(deps, view.value === null ? [] : [view.value], command, circumstances);
    if (changed.isErr()) return err(changed.error);
    if (changed.value !== "overtaken") return ok(changed.value === "held" ? 0 : changed.value);
  }
  deps.logger.warn("a delivery changed during every try to change it, and was left as it is", { deliveryId });
  return ok(0);
}
