import { buildPayload, WebhookEventType, type BuildPayloadParts } from "hookledger";

const userId = "user-åse";

/** A memory's life, from the first to the last of the six events. */
const life: readonly BuildPayloadParts[] = [
  {
    event: WebhookEventType.REMEMBERED,
    memoryId: "mem-1",
    userId,
    snapshot: { text: "Åse drinks her coffee black ☕", confidence: 0.9, tags: ["coffee", "mornings"] },
  },
  {
    event: WebhookEventType.UPDATED,
    memoryId: "mem-1",
    userId,
    snapshot: { text: "Åse drinks her coffee with oat milk ☕🥛", confidence: 0.95, tags: ["coffee", "mornings"] },
    previousState: { text: "Åse drinks her coffee black ☕", confidence: 0.9, tags: ["coffee", "mornings"] },
  },
  {
    event: WebhookEventType.CONFLICT,
    memoryId: "mem-2",
    userId,
    snapshot: { text: "Åse avoids caffeine after 15:00", confidence: 0.6 },
    extra: { conflicts_with: ["mem-1"], question: "Espresso um 16 Uhr — ja oder nein?" },
  },
  {
    event: WebhookEventType.CONSOLIDATED,
    memoryId: "mem-3",
    userId,
    snapshot: { text: "コーヒー: oat milk, before 15:00 only", confidence: 1e-7 + 0.9, tags: [] },
    extra: { merged_from: ["mem-1", "mem-2"] },
  },
  {
    event: WebhookEventType.FORGOTTEN,
    memoryId: "mem-1",
    userId,
    previousState: { status: "active", accessed: 12 },
    snapshot: { status: "dormant", accessed: 12 },
  },
  {
    event: WebhookEventType.DELETED,
    memoryId: "mem-2",
    userId,
    extra: { reason: "asked for by the user", undo: null },
  },
];

/** The messages to publish, one for each of the six events. */
export function memories() {
  return life.map((parts) => ({ event: parts.event, payload: buildPayload(parts) }));
}
