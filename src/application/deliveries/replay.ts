import { err, ok, okAsync, safeTry, type Result, type ResultAsync } from "neverthrow";
import type { DeliveryCommand } from "../../domain/delivery/index.ts";
import type { InvalidInput } from "../../domain/invalid-input.ts";
import type { DeliveryView } from "../../domain/ledger/index.ts";
import type { WebhookInactive, WebhookNotFound } from "../../domain/webhook/index.ts";
import type { DeliveryFilter } from "../../ports/delivery-read-model.ts";
import type { ReadError } from "../../ports/ledger-reader.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { refusedFor } from "../refused-append.ts";
import { requireActive } from "../webhooks/find-webhooks.ts";
import { changeDeliveries, DELIVERIES_A_COMMIT, type Changeable } from "./change-deliveries.ts";
import { lookForErased } from "./look-for-erased.ts";
import { replayMissed } from "./replay-missed.ts";
import { replayPages } from "./replay-pages.ts";
import {
  checkReplay,
  type ReplayFilter,
  type ReplayOptions,
  type ReplayProgress,
  type ReplayScope,
} from "./replay-input.ts";

export type ReplayError = InvalidInput | WebhookNotFound | WebhookInactive | ReadError;

type Deps = Pick<Dependencies, "storage" | "tenantId" | "clock" | "ids" | "wakeUps" | "logger" | "closing">;

/**
 * Makes ended deliveries, and those that wait for a retry, due at once. It goes once through their ids and never back,
 * so a delivery that is exhausted again meanwhile is not replayed again.
 */
export function replayDeliveries(
  deps: Deps,
  filter: ReplayFilter,
  options: ReplayOptions,
): ResultAsync<ReplayProgress, ReplayError> {
  return safeTry(async function* () {
    const scope = yield* checkReplay(deps, filter, options);
    let progress: ReplayProgress = { examined: 0, replayed: 0 };
    for (const part of yield* partsOf(deps, scope)) {
      if (scope.states.length > 0) progress = yield* await replayUnsent(deps, scope, part, progress);
    }
    return scope.missedBy === null ? ok(progress) : replayMissed(deps, scope, scope.missedBy, progress);
  });
}

type Part = Pick<DeliveryFilter, "webhookIds">;

/**
 * The parts to go through one after the other: one webhook, each webhook of a tenant, for which there is no index, or
 * everything at once.
 */
function partsOf(
  deps: Deps,
  { webhookId, tenantId }: ReplayScope,
): ResultAsync<readonly Part[], StorageError | WebhookNotFound | WebhookInactive> {
  if (webhookId !== undefined) {
    return requireActive(deps, webhookId, tenantId).map(() => [{ webhookIds: [webhookId] }]);
  }
  if (tenantId === undefined) return okAsync([{}]);
  return deps.storage.webhooks
    .list(tenantId)
    .map((all) => all.filter(({ active }) => active).map(({ webhookId: id }) => ({ webhookIds: [id] })));
}

function replayUnsent(
  deps: Deps,
  scope: ReplayScope,
  part: Part,
  before: ReplayProgress,
): Promise<Result<ReplayProgress, ReadError>> {
  const { states } = scope;
  return replayPages(deps, scope, before, "", async (after) => {
    const page = await deps.storage.deliveries.list({ states, limit: DELIVERIES_A_COMMIT, ...part, after });
    if (page.isErr()) return err(page.error);
    const replayed = await replayPage(deps, scope, page.value);
    const next = page.value.length < DELIVERIES_A_COMMIT ? null : (page.value.at(-1)?.deliveryId ?? null);
    return replayed.map((count) => ({ examined: page.value.length, replayed: count, next }));
  });
}

async function replayPage(
  deps: Deps,
  { isWithin, states, metadata }: ReplayScope,
  page: readonly DeliveryView[],
): Promise<Result<number, StorageError>> {
  const wanted = page.filter(({ createdAt }) => isWithin(createdAt));
  const command: DeliveryCommand = { type: "RequestRedelivery", data: { now: deps.clock.now() } };
  /** Asks for the state too: what somebody else has replayed meanwhile may wait for a retry by now. */
  const among = (views: readonly DeliveryView[]) =>
    sendable(
      deps,
      views.filter(({ state }) => states.some((wanted) => wanted === state)),
    );
  // The commit names no revision, so `WebhooksChanged` cannot come.
  return (await changeDeliveries(deps, wanted, command, { metadata, among })).mapErr((error) => refusedFor(error));
}

/** Selects the deliveries whose webhook is active and whose message is not erased. */
async function sendable(deps: Deps, views: readonly DeliveryView[]): Promise<Result<Changeable, StorageError>> {
  const active = await activeAmong(deps, new Set(views.map(({ webhookId }) => webhookId)));
  if (active.isErr()) return err(active.error);
  const toActive = views.filter(({ webhookId }) => active.value.has(webhookId));
  const looked = await lookForErased(
    deps,
    toActive.map(({ messageId }) => messageId),
  );
  return looked.map(({ erased, restsOn }) => ({
    views: toActive.filter(({ messageId }) => !erased.has(messageId)),
    restsOn,
  }));
}

/** Asked again for each page: a webhook that is deactivated meanwhile is left alone from then on. */
async function activeAmong(
  { storage }: Deps,
  webhookIds: ReadonlySet<string>,
): Promise<Result<ReadonlySet<string>, StorageError>> {
  const active = new Set<string>();
  for (const webhookId of webhookIds) {
    const webhook = await storage.webhooks.get(webhookId);
    if (webhook.isErr()) return err(webhook.error);
    if (webhook.value?.active === true) active.add(webhookId);
  }
  return ok(active);
}
