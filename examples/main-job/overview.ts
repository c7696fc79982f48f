import { cast, type Role } from "./cast.ts";
import { outcomeOf } from "./expectations.ts";
import { paint } from "./paint.ts";
import type { Evidence } from "./scenario.ts";
import { drawTable, type Row } from "./table.ts";

type KnownDelivery = Evidence["deliveries"][number];

const head = ["webhook", "event", "delivery", "attempts", "answers", "signatures"];

/** Wide enough for the table, narrow enough for a terminal. */
const LINE_WIDTH = 96;

/** The outcome of every message at every webhook, by the ledger and by the receiver. */
export function overview(evidence: Evidence): string {
  const groups = cast.map((role) => {
    const deliveries = evidence.deliveries.filter(({ webhookId }) => webhookId === role.webhookId);
    const rows =
      deliveries.length === 0 ? [withoutDeliveries(role, evidence)] : deliveries.map((one) => rowOf(one, evidence));
    return rows.map((row, index) => [index === 0 ? paint("bold", role.webhookId) : "", ...row]);
  });
  return [drawTable(head, groups), ...failures(evidence)].join("\n");
}

function rowOf(delivery: KnownDelivery, { received }: Evidence): Row {
  const { webhookId, messageId, event, state, attempts, made } = delivery;
  const requests = received.filter((one) => one.webhookId === webhookId && one.messageId === messageId);
  const valid = requests.filter((one) => one.kemiSignatureValid && one.standardWebhooksValid).length;
  const says = `${valid} of ${requests.length} valid`;
  return [
    event,
    stateInWords(state),
    String(attempts),
    answers(made),
    requests.length === 0 ? paint("dim", "nothing came") : paint(valid === requests.length ? "green" : "red", says),
  ];
}

function withoutDeliveries(role: Role, { published }: Evidence): Row {
  const skipped = published.flatMap((one) => one.skipped).filter(({ webhookId }) => webhookId === role.webhookId);
  const reasons = [...new Set(skipped.map(({ reason }) => reason))].join(", ");
  return [
    `${skipped.length} events`,
    paint("dim", "– skipped"),
    "0",
    paint("dim", reasons),
    paint("dim", "nothing came"),
  ];
}

function stateInWords(state: KnownDelivery["state"]): string {
  switch (state) {
    case "delivered":
      return paint("green", "✔ delivered");
    case "exhausted":
      return paint("red", "✘ exhausted");
    case "cancelled":
      return paint("yellow", "– cancelled");
    case "pending":
      return paint("yellow", "… pending");
  }
}

/** `507 → 500 → 200`, or `refused × 4` if all are the same. */
function answers(made: KnownDelivery["made"]): string {
  const outcomes = made.map((attempt) => String(outcomeOf(attempt)).replace("ECONNREFUSED", "refused"));
  const [first = ""] = outcomes;
  const isUniform = outcomes.length > 1 && outcomes.every((outcome) => outcome === first);
  return isUniform ? `${first} × ${outcomes.length}` : outcomes.join(" → ");
}

/** The error of every failed attempt, but only the last one of an exhausted delivery. */
function failures({ deliveries }: Evidence): readonly string[] {
  return deliveries.flatMap(({ webhookId, event, state, made }) => {
    const failed = made.filter(({ outcome }) => outcome === "failed");
    const told = state === "exhausted" ? failed.slice(-1) : failed;
    return told.map(({ attempt, failure, response }) => {
      const words =
        failure?.kind === "status" ? `HTTP ${failure.statusCode}: ${response ?? ""}` : (failure?.message ?? "");
      const last = state === "exhausted" ? ", its last" : "";
      const title = `${paint("bold", webhookId)}, ${event}, attempt ${attempt}${last}`;
      return [title, ...wrap(words).map((line) => `  ${paint("dim", line)}`)].map((line) => `  ${line}`).join("\n");
    });
  });
}

/** Breaks a sentence between words. */
function wrap(text: string): readonly string[] {
  return text.split(" ").reduce<readonly string[]>((lines, word) => {
    const last = lines.at(-1);
    return last === undefined || last.length + 1 + word.length > LINE_WIDTH
      ? [...lines, word]
      : [...lines.slice(0, -1), `${last} ${word}`];
  }, []);
}
