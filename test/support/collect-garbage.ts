import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Collects all that nothing holds any more. What a `WeakRef` was asked for is held until the turn of the event loop is over. */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") throw new Error("V8 does not lend its garbage collector");
  await nextTurn();
  Reflect.apply(collect, undefined, []);
}
