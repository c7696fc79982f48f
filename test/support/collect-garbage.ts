import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Collects all that nothing holds any more. What a `WeakRef` was made for is held until the turn of the event loop is over. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc()");
}
