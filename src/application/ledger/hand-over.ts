import { err, ok, type Result } from "neverthrow";
import { isObject } from "../../domain/guards.ts";
import type { RecordedEvent } from "../../domain/ledger/index.ts";
import type { CheckedFollowing } from "./following.ts";

/** The application's own function threw, or refused. */
export interface HandlerFailed {
  readonly type: "HandlerFailed";
  readonly message: string;
  readonly cause?: unknown;
}

export async function handOver(
  { onEvents }: CheckedFollowing,
  events: readonly RecordedEvent[],
): Promise<Result<void, HandlerFailed>> {
  try {
    const answer: unknown = await onEvents(events);
    return isErr(answer) ? err({ type: "HandlerFailed", message: "onEvents answered with an Err" }) : ok();
  } catch (thrown) {
    return err({ type: "HandlerFailed", message: "onEvents threw", cause: thrown });
  }
}

/** Checks for the method, not by `instanceof`: the application may have another copy of neverthrow than hookledger. */
function isErr(answer: unknown): boolean {
  const told: unknown = isObject(answer) ? Reflect.get(answer, "isErr") : undefined;
  return typeof told === "function" && Reflect.apply(told, answer, []) === true;
}
