import { errAsync, ok, okAsync, safeTry, type ResultAsync } from "neverthrow";
import { deliveryNotFound, type AttemptFailure, type DeliveryNotFound } from "../../domain/delivery/index.ts";
import type { IsoInstant } from "../../domain/instant.ts";
import { byStream, streamId, type RecordedEvent } from "../../domain/ledger/index.ts";
import { wholeStream, type ReadError } from "../../ports/ledger-reader.ts";
import type { StoredResponse } from "../../ports/response-store.ts";
import type { Dependencies } from "../dependencies.ts";

/** One HTTP request and its outcome. */
export interface Attempt {
  /** From 1. */
  readonly attempt: number;
  readonly outcome: "delivered" | "failed";
  /** When its outcome was recorded. */
  readonly at: IsoInstant;
  readonly durationMs: number;
  /** Null if no answer came. */
  readonly statusCode: number | null;
  /** Null if it was delivered. */
  readonly failure: AttemptFailure | null;
  /** The first 200 characters that the receiver answered to a failed attempt; null if there were none. */
  readonly response: string | null;
  /** When the next attempt was due; null if there was to be none. */
  readonly retryAt: IsoInstant | null;
}

type Reads = Pick<Dependencies, "storage">;

/** Lists a delivery's attempts whose outcome is known, in order. */
export function listAttempts(
  deps: Reads,
  deliveryId: string,
): ResultAsync<readonly Attempt[], ReadError | DeliveryNotFound> {
  return listAttemptsOf(deps, [deliveryId]).andThen((found) => {
    const attempts = found.get(deliveryId);
    return attempts === undefined ? errAsync(deliveryNotFound(deliveryId)) : okAsync(attempts);
  });
}

/** Lists the attempts of many deliveries, by delivery id. A delivery that does not exist is left out. */
export function listAttemptsOf(
  { storage: { reader, responses } }: Reads,
  deliveryIds: readonly string[],
): ResultAsync<ReadonlyMap<string, readonly Attempt[]>, ReadError> {
  return safeTry(async function* () {
    const streamIds = new Map(deliveryIds.map((deliveryId) => [streamId("delivery", deliveryId), deliveryId]));
    const streams = byStream(yield* reader.readStreams([...streamIds.keys()]));
    const excerpts = excerptsOf(yield* responses.ofDeliveries([...streamIds.values()]));
    const found = new Map<string, readonly Attempt[]>();
    for (const [stream, deliveryId] of streamIds) {
      const events = streams.get(stream);
      if (events === undefined) continue;
      const excerptOf = (attempt: number) => excerpts.get(keyOf(deliveryId, attempt)) ?? null;
      found.set(deliveryId, attemptsIn(yield* wholeStream(events), excerptOf));
    }
    return ok(found);
  });
}

function attemptsIn(
  events: readonly RecordedEvent[],
  excerptOf: (attempt: number) => string | null,
): readonly Attempt[] {
  const attempts: Attempt[] = [];
  for (const { type, data, recordedAt: at } of events) {
    if (type === "DeliverySucceeded") {
      attempts.push({ ...data, at, outcome: "delivered", failure: null, response: null, retryAt: null });
    } else if (type === "DeliveryAttemptFailed") {
      const statusCode = data.failure.kind === "status" ? data.failure.statusCode : null;
      attempts.push({ ...data, at, outcome: "failed", statusCode, response: excerptOf(data.attempt) });
    }
  }
  return attempts;
}

function excerptsOf(responses: readonly StoredResponse[]): ReadonlyMap<string, string> {
  return new Map(responses.map(({ deliveryId, attempt, excerpt }) => [keyOf(deliveryId, attempt), excerpt]));
}

function keyOf(deliveryId: string, attempt: number): string {
  return `${attempt} ${deliveryId}`;
}
