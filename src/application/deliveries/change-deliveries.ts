import { err, ok, type Result } from "neverthrow";
import { deliveryDecider, type DeliveryCommand } from "../../domain/delivery/index.ts";
import { deliveryState, streamId, type DeliveryView, type EventMetadata } from "../../domain/ledger/index.ts";
import type { StreamAppend } from "../../ports/ledger-writer.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { execute } from "../execute.ts";
import { deliveryAggregate } from "./delivery.ts";

type Deps = Pick<Dependencies, "storage" | "clock" | "logger">;

/**
 * Gives a page of deliveries the same command, in one commit. Where somebody comes in between, each is decided by
 * itself, on what it has become. Those that refuse the command stay as they are.
 *
 * @returns how many were changed
 */
export async function changeDeliveries(
  deps: Deps,
  views: readonly DeliveryView[],
  command: DeliveryCommand,
  metadata: EventMetadata,
): Promise<Result<number, StorageError>> {
  const streams = views.map((view) => changeTo(view, command)).filter(({ events }) => events.length > 0);
  if (streams.length === 0) return ok(0);
  const appended = await deps.storage.writer.append({ recordedAt: deps.clock.now(), streams, metadata });
  if (appended.isOk()) return ok(streams.length);
  if (appended.error.type === "StorageError") return err(appended.error);
  return oneByOne(deps, views, command, metadata);
}

/** What the command comes to for a delivery as its row has it: no events where it is refused, or already so. */
export function changeTo(view: DeliveryView, command: DeliveryCommand): StreamAppend {
  const events = deliveryDecider.decide(command, deliveryState(view)).unwrapOr([]);
  return { streamId: streamId("delivery", view.deliveryId), expectedVersion: view.version, events };
}

async function oneByOne(
  deps: Deps,
  views: readonly DeliveryView[],
  command: DeliveryCommand,
  metadata: EventMetadata,
): Promise<Result<number, StorageError>> {
  let changed = 0;
  for (const { deliveryId } of views) {
    const events = await execute(deps, deliveryAggregate, deliveryId, [command], { metadata });
    if (events.isOk()) {
      changed += events.value.length > 0 ? 1 : 0;
      continue;
    }
    if (events.error.type === "StorageError") return err(events.error);
    deps.logger.warn("a delivery could not be changed", { deliveryId, error: events.error.type });
  }
  return ok(changed);
}
