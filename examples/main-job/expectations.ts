import { retryDelay } from "hookledger";
import { cast, isAudience, retryConfigOf, type Outcome, type Role } from "./cast.ts";
import { createChecks, type Checks } from "./checks.ts";
import type { Received } from "./protocol.ts";
import type { Evidence, Published } from "./scenario.ts";

type KnownDelivery = Evidence["deliveries"][number];

/** Compares both accounts, the ledger's and the receiver's, with what should have happened. */
export function checkEvidence(evidence: Evidence): Checks {
  const checks = createChecks();
  const { published, deliveries, received, ledger, verification } = evidence;
  for (const message of published) checkPublication(checks, message);
  for (const role of cast) {
    for (const message of published.filter(({ event }) => isAudience(role, event))) {
      const { event, messageId } = message;
      const delivery = deliveries.find((one) => one.webhookId === role.webhookId && one.messageId === messageId);
      checkDelivery(checks, `ledger: ${role.webhookId}, ${event}`, role, delivery);
      const requests = received.filter((one) => one.webhookId === role.webhookId && one.messageId === messageId);
      checkRequests(checks, `receiver: ${role.webhookId}, ${event}`, role, message, requests);
    }
  }
  checkNothingElse(checks, evidence);
  checks.equal("ledger: verify() finds differences", verification.differences, []);
  checks.equal("ledger: events that verify() replayed", verification.events, ledger.length);
  return checks;
}

function checkPublication(checks: Checks, { event, deliveries, skipped, duplicate }: Published): void {
  const audience = cast.filter((role) => isAudience(role, event)).map(({ webhookId }) => webhookId);
  const others = cast.filter((role) => !isAudience(role, event));
  const reasons = others.map(({ webhookId, active }) => ({
    webhookId,
    reason: active ? "not-subscribed" : "inactive",
  }));
  checks.equal(
    `publish: ${event} goes to`,
    deliveries.map(({ webhookId }) => webhookId),
    audience,
  );
  checks.equal(`publish: ${event} skips`, skipped, reasons);
  checks.equal(`publish: ${event} is a duplicate`, duplicate, false);
}

function checkDelivery(checks: Checks, what: string, role: Role, delivery: KnownDelivery | undefined): void {
  if (delivery === undefined) return checks.holds(`${what}: a delivery is recorded`, false);
  const { expected } = role;
  const { made } = delivery;
  checks.equal(`${what}: state`, delivery.state, expected.at(-1) === 200 ? "delivered" : "exhausted");
  checks.equal(`${what}: outcomes of its attempts`, made.map(outcomeOf), expected);
  checks.equal(`${what}: attempts`, delivery.attempts, expected.length);
  checks.equal(
    `${what}: retries scheduled`,
    made.filter(({ retryAt }) => retryAt !== null).length,
    expected.length - 1,
  );
  for (const [index, attempt] of made.entries()) {
    const retryAt = made[index - 1]?.retryAt;
    if (typeof retryAt !== "string") continue;
    const began = Date.parse(attempt.at) - attempt.durationMs;
    checks.holds(`${what}: attempt ${attempt.attempt} did not begin before it was due`, began >= Date.parse(retryAt));
  }
}

function checkRequests(
  checks: Checks,
  what: string,
  role: Role,
  message: Published,
  requests: readonly Received[],
): void {
  const answered = role.expected.filter((outcome) => typeof outcome === "number");
  checks.equal(
    `${what}: answers, all under the webhook-id ${message.messageId}`,
    requests.map((one) => one.answered),
    answered,
  );
  const kemi = requests.filter((one) => one.kemiSignatureValid);
  checks.equal(`${what}: requests with a valid X-Kemi-Signature`, kemi.length, requests.length);
  const standard = requests.filter((one) => one.standardWebhooksValid);
  checks.equal(`${what}: requests with a valid webhook-signature`, standard.length, requests.length);
  for (const [index, request] of requests.entries()) {
    const one = `${what}, request ${index + 1}`;
    checks.equal(`${one}: payload`, request.payload, message.payload);
    const before = requests[index - 1];
    if (before === undefined) continue;
    const delaySeconds = retryDelay(retryConfigOf(role), index - 1);
    const waitedMs = request.arrivedAt - before.arrivedAt;
    checks.holds(`${one}: came at least ${delaySeconds} s after the one before`, waitedMs >= delaySeconds * 1000);
  }
}

/** Expects no delivery and no request other than those that were checked one by one. */
function checkNothingElse(checks: Checks, { published, deliveries, received }: Evidence): void {
  const wanted = (webhookId: string, messageId: string | null) => {
    const role = cast.find((one) => one.webhookId === webhookId);
    const message = published.find((one) => one.messageId === messageId);
    return role !== undefined && message !== undefined && isAudience(role, message.event);
  };
  const strangers = received.filter((one) => !wanted(one.webhookId, one.messageId));
  checks.equal("receiver: requests that nobody published", strangers, []);
  const strays = deliveries.filter((one) => !wanted(one.webhookId, one.messageId));
  checks.equal("ledger: deliveries that nobody asked for", strays, []);
  const pairs = new Set(deliveries.map(({ webhookId, messageId }) => `${webhookId} ${messageId}`));
  checks.equal("ledger: deliveries of a message to a webhook, beside the first", deliveries.length - pairs.size, 0);
}

/** An attempt in one word: its status code, or the error if it has none. */
export function outcomeOf({ statusCode, failure }: KnownDelivery["made"][number]): Outcome {
  if (statusCode !== null) return statusCode;
  return failure?.kind === "connection" && failure.code !== null ? failure.code : (failure?.kind ?? "unknown");
}
