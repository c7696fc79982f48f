import { err, ok, safeTry, type Result } from "neverthrow";
import type { EndedStatus } from "../../domain/delivery/index.ts";
import type { EpochMs } from "../../domain/instant.ts";
import type { EventMetadata } from "../../domain/ledger/index.ts";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import type { NamesOf } from "../../domain/known-names.ts";
import { actorMetadata, type Attribution } from "../attribution.ts";
import { checkChoices, checkDate, checkOnProgress, checkOptionalText } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import { resolveTenantIfAny } from "../tenant.ts";

export type ReplayState = EndedStatus | "pending" | "missed";

type ReplayedStatus = Exclude<ReplayState, "missed">;

/** Which deliveries are replayed: those to which everything given applies. */
export interface ReplayFilter {
  /** Only this webhook's; all active webhooks', if not given. */
  readonly webhookId?: string | undefined;
  /** Only this tenant's; all tenants', if not given. */
  readonly tenantId?: string | undefined;
  /** Only what was created at this time or later; all, if not given. */
  readonly since?: Date | undefined;
  /** Only what was created before this time; all, if not given. */
  readonly until?: Date | undefined;
  /**
   * One or more of `exhausted`, `cancelled`, `pending` and `missed`; `exhausted` and `cancelled` by default. Of what is
   * `pending`, what waits for a retry is replayed. `missed` needs `webhookId`: it means what was published while the
   * webhook was not active, to which it subscribes and for which it has no delivery.
   */
  readonly states?: readonly ReplayState[] | undefined;
}

export const filterNames: NamesOf<ReplayFilter> = {
  webhookId: true,
  tenantId: true,
  since: true,
  until: true,
  states: true,
};

export interface ReplayProgress {
  /**
   * How many were looked at: deliveries in these states, only the webhook's if one was given, and messages that it
   * missed.
   */
  readonly examined: number;
  /** How many of them were made due at once. */
  readonly replayed: number;
}

export interface ReplayOptions extends Attribution {
  /**
   * Called after each page of up to 200 deliveries, when its changes are on disk. Its result is not waited for. If it
   * throws, or its promise rejects, that is logged as a warning and the replay goes on.
   */
  readonly onProgress?: ((progress: ReplayProgress) => unknown) | undefined;
}

export const replayNames: NamesOf<ReplayOptions> = { actor: true, onProgress: true };

/** The checked arguments. They keep none of the application's objects. */
export interface ReplayScope {
  readonly webhookId: string | undefined;
  readonly tenantId: string | undefined;
  /** Whether something created at this time is to be replayed. */
  isWithin(createdAt: EpochMs): boolean;
  /** What a webhook missed is looked for from this time on. */
  readonly since: EpochMs;
  /** Of what is pending, what waits for a retry is replayed. */
  readonly states: readonly ReplayedStatus[];
  /** The webhook that is to receive what it missed; null if none is. */
  readonly missedBy: string | null;
  readonly onProgress: ReplayOptions["onProgress"];
  readonly metadata: EventMetadata;
}

const endedStates: readonly EndedStatus[] = ["exhausted", "cancelled"];
const deliveryStates: readonly ReplayedStatus[] = [...endedStates, "pending"];
const allStates: readonly ReplayState[] = [...deliveryStates, "missed"];

export function checkReplay(
  deps: Pick<Dependencies, "tenantId">,
  filter: ReplayFilter,
  options: ReplayOptions,
): Result<ReplayScope, InvalidInput> {
  return safeTry(function* () {
    const { states: asked = endedStates } = filter;
    const webhookId = yield* checkOptionalText("webhookId", filter.webhookId);
    const tenantId = yield* resolveTenantIfAny(deps, filter.tenantId);
    const since = yield* checkTime("since", filter.since, Number.NEGATIVE_INFINITY);
    const until = yield* checkTime("until", filter.until, Number.POSITIVE_INFINITY);
    const isWithin = (createdAt: EpochMs) => createdAt >= since && createdAt < until;
    const all = yield* checkChoices("states", asked, allStates);
    const states = deliveryStates.filter((state) => all.includes(state));
    const missedBy = all.includes("missed") ? yield* requireWebhookId(webhookId) : null;
    const onProgress = yield* checkOnProgress(options.onProgress);
    const metadata = yield* actorMetadata(options.actor);
    return ok({ webhookId, tenantId, isWithin, since, states, missedBy, onProgress, metadata });
  });
}

function checkTime(field: string, given: unknown, otherwise: EpochMs): Result<EpochMs, InvalidInput> {
  return given === undefined ? ok(otherwise) : checkDate(field, given).map((date) => date.getTime());
}

function requireWebhookId(webhookId: string | undefined): Result<string, InvalidInput> {
  const rule = "must be given with the state missed: you replay what one webhook missed";
  return webhookId === undefined ? err(invalidInput("webhookId", rule, webhookId)) : ok(webhookId);
}
