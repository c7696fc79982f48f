import { AssertionError } from "node:assert";
import fc from "fast-check";
import { err, ok } from "neverthrow";
import { describe, expect, it } from "vitest";
import type { Decider } from "../../src/domain/decider.ts";
import { givenFor, type Outcome } from "../../src/testing/index.ts";

interface Filled {
  readonly litres: number;
}

interface TooFull {
  readonly holds: number;
}

/** A bucket of three litres. Filling in nothing is already so. */
const bucket: Decider<number, Filled, Filled, TooFull> = {
  initialState: 0,
  decide: ({ litres }, holds) =>
    holds + litres > 3 ? err({ holds }) : ok(Array.from({ length: litres }, () => ({ litres: 1 }))),
  evolve: (holds, { litres }) => holds + litres,
};

type Sentence = readonly [text: string, check: (outcome: Outcome<Filled, TooFull>) => void];

const sentences: readonly Sentence[] = [
  ...[0, 1, 2, 3].map((times): Sentence => {
    const events = Array.from({ length: times }, () => ({ litres: 1 }));
    return [`then ${times}`, (outcome) => outcome.then(...events)];
  }),
  ...[0, 1, 2, 3].map((holds): Sentence => [`refused at ${holds}`, (outcome) => outcome.thenRefused({ holds })]),
];

/** Which of the sentences the outcome says to be true. */
function trueOf(outcome: Outcome<Filled, TooFull>): readonly string[] {
  return sentences.flatMap(([text, check]) => {
    try {
      check(outcome);
      return [text];
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(AssertionError);
      return [];
    }
  });
}

describe("a sentence of given, when and then", () => {
  it("is true of exactly the events that follow from all that was given, or of the exact refusal", () => {
    fc.assert(
      fc.property(fc.array(fc.constant({ litres: 1 }), { maxLength: 3 }), fc.nat(4), (history, litres) => {
        const outcome = givenFor(bucket)(...history).when({ litres });
        const isRefused = history.length + litres > 3;
        expect(trueOf(outcome)).toEqual([isRefused ? `refused at ${history.length}` : `then ${litres}`]);
      }),
    );
  });
});
