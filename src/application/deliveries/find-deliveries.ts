import { err, errAsync, ok, okAsync, safeTry, type Result, type ResultAsync } from "neverthrow";
import {
  deliveryNotFound,
  type AttemptFailure,
  type DeliveryNotFound,
  type DeliveryStatus,
} from "../../domain/delivery/index.ts";
import type { IsoInstant } from "../../domain/instant.ts";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import type { NamesOf } from "../../domain/known-names.ts";
import type { ReadError } from "../../ports/ledger-reader.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { checkFlag, checkLimit, checkOptionalText } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import { load } from "../execute.ts";
import { deliveryAggregate, toDelivery, type Delivery } from "./delivery.ts";

type Reads = Pick<Dependencies, "storage">;

export function findDelivery({ storage }: Reads, deliveryId: string): ResultAsync<Delivery | null, StorageError> {
  return storage.deliveries.get(deliveryId).map((view) => (view === null ? null : toDelivery(view)));
}

export interface DeliveryListing {
  readonly webhookId?: string | undefined;
  readonly messageId?: string | undefined;
  readonly state?: DeliveryStatus | undefined;
  /** The `next` of the page before. */
  readonly after?: string | undefined;
  /** The other way round: what was scheduled last comes first. */
  readonly newestFirst?: boolean | undefined;
  /** At most this many, 1 to 1,000; 100 by default. */
  readonly limit?: number | undefined;
}

export const listingNames: NamesOf<DeliveryListing> = {
  webhookId: true,
  messageId: true,
  state: true,
  after: true,
  newestFirst: true,
  limit: true,
};

export interface DeliveryPage {
  readonly items: readonly Delivery[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
}

const DEFAULT_LIMIT = 100;
const states: readonly string[] = ["pending", "delivered", "exhausted", "cancelled"] satisfies DeliveryStatus[];

/** In the order of their scheduling, or the other way round. */
export function listDeliveries(
  { storage }: Reads,
  listing: DeliveryListing = {},
): ResultAsync<DeliveryPage, StorageError | InvalidInput> {
  return safeTry(async function* () {
    const {
      webhookId,
      messageId,
      state,
      after,
      newestFirst = false,
      limit: most = DEFAULT_LIMIT,
    } = yield* checkFilter(listing);
    const limit = yield* checkLimit(most);
    const views = yield* storage.deliveries.list({
      // One more than asked for tells whether there is another page.
      limit: limit + 1,
      newestFirst: yield* checkFlag("newestFirst", newestFirst),
      ...(state !== undefined && { state }),
      ...(webhookId !== undefined && { webhookId }),
      ...(messageId !== undefined && { messageId }),
      ...(after !== undefined && { after }),
    });
    const items = views.slice(0, limit).map(toDelivery);
    const last = items.at(-1);
    return ok(views.length > limit && last !== undefined ? { items, next: last.deliveryId } : { items });
  });
}

function checkFilter(listing: DeliveryListing): Result<DeliveryListing, InvalidInput> {
  return checkState(listing.state)
    .andThen(() => checkOptionalText("webhookId", listing.webhookId))
    .andThen(() => checkOptionalText("messageId", listing.messageId))
    .andThen(() => checkOptionalText("after", listing.after))
    .map(() => listing);
}

function checkState(state: unknown): Result<void, InvalidInput> {
  return state === undefined || (typeof state === "string" && states.includes(state))
    ? ok()
    : err(invalidInput("state", `must be one of ${states.join(", ")}`, state));
}

/** One HTTP request, and what came of it. */
export interface Attempt {
  /** From 1. */
  readonly attempt: number;
  readonly outcome: "delivered" | "failed";
  /** When its outcome was recorded. */
  readonly at: IsoInstant;
  readonly durationMs: number;
  /** Null where no answer came. */
  readonly statusCode: number | null;
  /** Null if it was delivered. */
  readonly failure: AttemptFailure | null;
  /** The first 200 characters that the receiver answered to a failed attempt; null where there were none. */
  readonly response: string | null;
  /** When the next attempt was to be; null where none was. */
  readonly retryAt: IsoInstant | null;
}

/** Every attempt of a delivery whose outcome is known, in order. */
export function listAttempts(
  deps: Reads,
  deliveryId: string,
): ResultAsync<readonly Attempt[], ReadError | DeliveryNotFound> {
  return safeTry(async function* () {
    const { events } = yield* load(deps, deliveryAggregate, deliveryId);
    if (events.length === 0) return errAsync(deliveryNotFound(deliveryId));
    const responses = yield* deps.storage.responses.ofDelivery(deliveryId);
    const excerpts = new Map(responses.map(({ attempt, excerpt }) => [attempt, excerpt]));
    const attempts: Attempt[] = [];
    for (const { type, data, recordedAt: at } of events) {
      if (type === "DeliverySucceeded") {
        attempts.push({ ...data, at, outcome: "delivered", failure: null, response: null, retryAt: null });
      } else if (type === "DeliveryAttemptFailed") {
        const statusCode = data.failure.kind === "status" ? data.failure.statusCode : null;
        attempts.push({ ...data, at, outcome: "failed", statusCode, response: excerpts.get(data.attempt) ?? null });
      }
    }
    return okAsync(attempts);
  });
}
