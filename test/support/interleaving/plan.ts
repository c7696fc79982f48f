import fc from "fast-check";
import { connectionRefused, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";

type Change = { active: boolean } | { url: string } | { rateLimitPerSecond: number | null };

/** What an operator does. `nth` picks one of the deliveries that exist by then, modulo their number. */
export type Operation =
  | { readonly do: "redeliver" | "cancel"; readonly nth: number }
  | { readonly do: "update"; readonly webhookId: string; readonly change: Change }
  | { readonly do: "pause" | "resume"; readonly webhookId: string }
  | { readonly do: "restart worker" };

/** What happens in one process, beside its worker and at the same time as the other process's part. */
export interface Part {
  /** The messages' idempotency keys. */
  readonly published: readonly (string | undefined)[];
  readonly operations: readonly Operation[];
}

export interface Plan {
  readonly parts: readonly [Part, Part];
  /** The receiver's answers, in turn, and from the start again after the last. */
  readonly answers: readonly ScriptedAnswer[];
  /** Steps in which time passes, in milliseconds. */
  readonly pauses: readonly number[];
}

export const webhookIds = ["a", "b"];

export function urlOf(webhookId: string, path: string): string {
  return `http://127.0.0.1:9/${webhookId}/${path}`;
}

const webhookId = fc.constantFrom(...webhookIds);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ do: fc.constantFrom("redeliver" as const, "cancel" as const), nth: fc.nat(5) }),
  fc.record({ do: fc.constant("update" as const), webhookId, change: fc.record({ active: fc.boolean() }) }),
  webhookId.chain((id) =>
    fc.record({
      do: fc.constant("update" as const),
      webhookId: fc.constant(id),
      change: fc.record({ url: fc.constantFrom(urlOf(id, "one"), urlOf(id, "two")) }),
    }),
  ),
  fc.record({
    do: fc.constant("update" as const),
    webhookId,
    change: fc.record({ rateLimitPerSecond: fc.constantFrom(null, 0.5, 20) }),
  }),
  fc.record({ do: fc.constantFrom("pause" as const, "resume" as const), webhookId }),
  fc.constant({ do: "restart worker" as const }),
);

const part: fc.Arbitrary<Part> = fc.record({
  published: fc.array(fc.constantFrom(undefined, "key"), { maxLength: 2 }),
  operations: fc.array(operation, { maxLength: 4 }),
});

const anyPlans: fc.Arbitrary<Plan> = fc.record({
  parts: fc.tuple(part, part),
  answers: fc.array(fc.constantFrom<ScriptedAnswer>(204, 200, 500, connectionRefused()), {
    minLength: 1,
    maxLength: 6,
  }),
  pauses: fc.array(fc.constantFrom(500, 1000, 2000, 4000), { maxLength: 10 }),
});

const redelivery = fc.record({ do: fc.constant("redeliver" as const), nth: fc.nat(1) });

const hurriedPart: fc.Arbitrary<Part> = fc.record({
  published: fc.constantFrom([], [undefined]),
  operations: fc.array(redelivery, { minLength: 1, maxLength: 4 }),
});

/** A receiver that is down at first, and operators who redeliver what waits for a retry while time passes. */
const hurriedPlans: fc.Arbitrary<Plan> = fc.record({
  parts: fc.tuple(hurriedPart, hurriedPart),
  answers: fc.array(fc.constantFrom<ScriptedAnswer>(204, 500), { maxLength: 4 }).map((later) => [500, 500, ...later]),
  pauses: fc.array(fc.constantFrom(500, 1000), { minLength: 1, maxLength: 6 }),
});

export const plans = fc.oneof({ weight: 3, arbitrary: anyPlans }, { weight: 1, arbitrary: hurriedPlans });
