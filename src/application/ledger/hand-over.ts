import { Err, err, ok, type Result } from "neverthrow";
import type { RecordedEvent } from "../../domain/ledger/index.ts";
import type { CheckedFollowing } from "./following.ts";

/** The application's own function threw, or refused. */
export interface HandlerFailed {
  readonly type: "HandlerFailed";
  readonly message: string;
}

function handlerFailed(message: string): HandlerFailed {
  return { type: "HandlerFailed", message };
}

export async function handOver(
  { onEvents }: CheckedFollowing,
  events: readonly RecordedEvent[],
): Promise<Result<void, HandlerFailed>> {
  try {
    const answer: unknown = await onEvents(events);
    return answer instanceof Err ? err(handlerFailed("onEvents answered with an error")) : ok();
  } catch (thrown) {
    return err(handlerFailed(thrown instanceof Error ? thrown.message : "onEvents threw"));
  }
}
