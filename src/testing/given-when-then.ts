import { deepStrictEqual } from "node:assert/strict";
import { replay, type Decider } from "../domain/decider.ts";

/** What a decider makes of a command, after what had happened before. Each ends a sentence that begins with `given`. */
export interface Outcome<Event, Refusal> {
  /** These events follow, and no others; with none given, it was already so. Throws an `AssertionError` otherwise. */
  then(...events: readonly Event[]): void;
  /** The command is refused, with just this. Throws an `AssertionError` otherwise. */
  thenRefused(refusal: Refusal): void;
}

export interface Given<Command, Event, Refusal> {
  when(command: Command): Outcome<Event, Refusal>;
}

/**
 * Sentences about a decider that any test runner can check:
 * `given(registered).when(deleteIt).then(deleted)`.
 */
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
