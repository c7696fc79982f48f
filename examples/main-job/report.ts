import type { Checks } from "./checks.ts";
import { overview } from "./overview.ts";
import { paint } from "./paint.ts";
import type { Evidence } from "./scenario.ts";
import { story } from "./story.ts";

/** Everything that there is to see, from top to bottom. */
export function report(evidence: Evidence, checks: Checks): string {
  const { deliveries, ledger } = evidence;
  const troubled = deliveries.filter(({ made }) => made.some(({ outcome }) => outcome === "failed"));
  const stories = troubled.map((delivery) => {
    const { deliveryId, webhookId, event } = delivery;
    const title = paint("bold", `What the ledger tells of ${event} on its way to ${webhookId}`);
    return `${title}\n${paint("dim", `  hooks.ledger.readStream("delivery-${deliveryId}") and what led to it`)}\n${story(ledger, delivery)}`;
  });
  return [overview(evidence), totals(evidence), ...stories, verified(evidence), verdict(checks)].join("\n\n");
}

function totals({ published, deliveries, received }: Evidence): string {
  const count = (state: string) => deliveries.filter((one) => one.state === state).length;
  const attempts = deliveries.reduce((sum, one) => sum + one.attempts, 0);
  const parts = [
    `${published.length} messages`,
    `${deliveries.length} deliveries`,
    `${count("delivered")} delivered`,
    `${count("exhausted")} exhausted`,
    `${attempts} attempts, ${received.length} of them received`,
  ];
  return `  ${parts.join(" · ")}`;
}

function verified({ verification: { events, differences } }: Evidence): string {
  const agree =
    differences.length === 0 ? paint("green", "they agree") : paint("red", `${differences.length} rows differ`);
  return `${paint("bold", "hooks.ledger.verify()")} replayed ${events} events beside the tables derived from them: ${agree}`;
}

function verdict({ differences, made }: Checks): string {
  if (differences.length === 0) {
    return paint("green", `✔ All as expected, by the ledger and by the receiver: ${made()} checks`);
  }
  const title = paint("red", `✘ Not as expected, in ${differences.length} of ${made()} checks:`);
  return [title, ...differences.map((difference) => `  - ${difference}`)].join("\n");
}
