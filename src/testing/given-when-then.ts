import { deepStrictEqual } from "node:assert/strict";
import { replay, type Decider } from "../domain/decider.ts";

/**
 * What a decider makes of a command, given what had happened before. Each method ends a sentence that begins with
 * `given`.
 */
export interface Outcome<Event, Refusal> {
  /**
   * Asserts that these events follow, and no others; without events, that it was already so. Throws an `AssertionError`
   * otherwise.
   */
  then(...events: readonly Event[]): void;
  /** Asserts that the command is refused with exactly this. Throws an `AssertionError` otherwise. */
  thenRefused(refusal: Refusal): void;
}

export interface Given<Command, Event, Refusal> {
  when(command: Command): Outcome<Event, Refusal>;
}

/** Makes sentences about a decider that any test runner can check: `given(registered).when(deleteIt).then(deleted)`. */
export function givenFor<State, Command, Event, Refusal>(
  decider: Decider<State, Command, Event, Refusal>,
): (...history: readonly Event[]) => Given<Command, Event, Refusal> {
  return (...history) => ({
    when(command) {
      const decision = decider.decide(command, replay(decider, history));
      const outcome = decision.match(
        (events) => ({ events: [...events] }),
        (refusal) => ({ refusal }),
      );
      return {
        then: (...events) => deepStrictEqual(outcome, { events }),
        thenRefused: (refusal) => deepStrictEqual(outcome, { refusal }),
      };
    },
  });
}
