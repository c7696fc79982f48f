import { err, type Result } from "neverthrow";
import { judgeExchange } from "../application/deliveries/judge-exchange.ts";
import {
  deliveryDecider,
  type AttemptFailure,
  type DeliveryCommand,
  type DeliveryEvent,
  type DeliveryState,
  type DeliveryStatus,
} from "../domain/delivery/index.ts";
import type { EpochMs } from "../domain/instant.ts";
import { invalidInput, type InvalidInput } from "../domain/invalid-input.ts";
import { unknownName, type Given, type NamesOf } from "../domain/known-names.ts";
import { isFailing, parseRetryConfig, type RetryConfig } from "../domain/retry/index.ts";
import type { DeactivationReason } from "../domain/webhook/index.ts";
import type { HttpClosed } from "../ports/http-client.ts";
import { NEW_YEAR_2030 } from "./fake-clock.ts";
import { toResult, type ScriptedAnswer } from "./scripted-http-client.ts";
import { createSeededRandom } from "./seeded-random.ts";

/** Returns what the receiver answers to one attempt, made so many seconds after the publish, at this time. */
export type SimulatedReceiver = (request: {
  /** Counted from 1. */
  readonly attempt: number;
  readonly afterSeconds: number;
  readonly now: EpochMs;
}) => Exclude<ScriptedAnswer, HttpClosed>;

export interface SimulatedAttempt {
  /** Counted from 1. */
  readonly attempt: number;
  /** When it begins, in seconds after the publish. */
  readonly afterSeconds: number;
  /** Null if it was delivered. */
  readonly failure: AttemptFailure | null;
}

export interface SimulatedDelivery {
  /** `pending` only if it still is after 10,000 attempts. */
  readonly status: DeliveryStatus;
  /** When the last attempt is over, in seconds after the publish. */
  readonly afterSeconds: number;
  readonly attempts: readonly SimulatedAttempt[];
  /** What the ledger would record of the delivery. */
  readonly events: readonly DeliveryEvent[];
  /** Why its webhook is deactivated in the end; null if it is not. */
  readonly deactivated: DeactivationReason | null;
}

export interface SimulationOptions {
  /** For the jitter: a whole number; the same one gives the same delays. 1 by default. */
  readonly seed?: number | undefined;
  /** When the message is published; 2030-01-01T00:00:00Z by default. */
  readonly startAt?: EpochMs | undefined;
}

const names: NamesOf<SimulationOptions> = { seed: true, startAt: true };

/** 9999-12-31T00:00:00Z. */
const LATEST_START = 253_402_214_400_000;

/** Where a simulation stops, as a config may allow attempts without end. */
const MOST_ATTEMPTS = 10_000;

/**
 * Simulates one delivery under a retry config by the engine's own decisions, without clock, storage or network; an
 * attempt takes some microseconds. A worker is always free when the delivery is due, the webhook has no other delivery
 * and no rate limit, and an answer takes no time, except a timeout, which takes its own. (The engine may begin a retry
 * that is due at once before the deactivation of its webhook is written; the simulation never does.)
 *
 * @returns `InvalidInput` naming the setting or the option that breaks its rule
 */
export function simulateDelivery(
  retryConfig: Given<RetryConfig>,
  receiver: SimulatedReceiver,
  options: SimulationOptions = {},
): Result<SimulatedDelivery, InvalidInput> {
  const unknown = unknownName(options, names);
  if (unknown !== null) return err(unknown);
  const { seed = 1, startAt = NEW_YEAR_2030 } = options;
  if (!Number.isSafeInteger(seed)) return err(invalidInput("seed", "must be a whole number", seed));
  if (!(startAt >= 0 && startAt <= LATEST_START))
    return err(invalidInput("startAt", "must be a time in milliseconds since 1970, at most in the year 9999", startAt));
  return parseRetryConfig(retryConfig).map((config) => simulate(config, receiver, seed, startAt));
}

function simulate(
  retryConfig: RetryConfig,
  receiver: SimulatedReceiver,
  seed: number,
  startAt: EpochMs,
): SimulatedDelivery {
  const random = createSeededRandom(seed);
  const attempts: SimulatedAttempt[] = [];
  const events: DeliveryEvent[] = [];
  const since = (instant: EpochMs) => (instant - startAt) / 1000;
  let state: DeliveryState = deliveryDecider.initialState;
  let deactivated: DeactivationReason | null = null;
  let [now, pausedUntil] = [startAt, startAt];
  let failingSince: EpochMs | null = null;

  function apply(command: DeliveryCommand): void {
    const decided = deliveryDecider.decide(command, state);
    if (decided.isErr()) throw new Error(`a bug in the simulation: ${decided.error.message}`);
    events.push(...decided.value);
    state = decided.value.reduce(deliveryDecider.evolve, state);
  }

  apply({ type: "ScheduleDelivery", data: { ...identity, now } });
  while (isPending(state) && attempts.length < MOST_ATTEMPTS) {
    const startedAt = Math.max(now, state.dueAt, pausedUntil);
    const attempt = state.attempts + 1;
    const answer = toResult(receiver({ attempt, afterSeconds: since(startedAt), now: startedAt }));
    now = startedAt + (answer.isErr() && answer.error.type === "HttpTimeout" ? answer.error.timeoutSeconds * 1000 : 0);
    const exchange = { attempt, retryConfig, startedAt, now, random: random.fraction(), conceal: asItIs };
    const verdict = judgeExchange(answer, exchange);
    if (verdict === null) break;
    const { command } = verdict;
    const failure = command.type === "RecordFailure" ? command.data.failure : null;
    attempts.push({ attempt, afterSeconds: since(startedAt), failure });
    apply(command);
    if (verdict.pauseSeconds !== null) pausedUntil = now + Math.ceil(verdict.pauseSeconds * 1000);
    if (failure === null) continue;
    failingSince ??= now;
    if (verdict.gone) deactivated = "gone";
    else if (isFailing(retryConfig, failingSince, now)) deactivated = "failing";
    if (deactivated !== null) apply({ type: "CancelDelivery", data: { reason: "webhook-deactivated" } });
  }
  const status: DeliveryStatus = state.status === "unscheduled" ? "pending" : state.status;
  return { status, afterSeconds: since(now), attempts, events, deactivated };
}

const identity = {
  deliveryId: "delivery",
  messageId: "message",
  webhookId: "webhook",
  tenantId: "",
  event: "memory.updated",
};

function asItIs(text: string): string {
  return text;
}

/** A function, because the compiler does not see that `apply` changes the state. */
function isPending(state: DeliveryState): state is Extract<DeliveryState, { readonly status: "pending" }> {
  return state.status === "pending";
}
