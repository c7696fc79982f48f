import { randomFillSync } from "node:crypto";
import { v7 } from "uuid";
import type { Ids } from "../../ports/ids.ts";

const BYTES = 16;
/** Asking the system for random bytes costs the same for one id as for many. */
const POOLED = 256;

/** Makes UUIDs of version 7 (RFC 9562, 5.7), each greater than the one before, also within a millisecond. */
export const uuidV7Ids: Ids = { next: createNext() };

function createNext(): () => string {
  const pool = new Uint8Array(BYTES * POOLED);
  let used = pool.length;
  let [msecs, seq] = [0, 0];
  return () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    const random = pool.subarray(used, used + BYTES);
    used += BYTES;
    const now = Date.now();
    if (now > msecs) {
      msecs = now;
      // Starts with one bit less than the 32 there are, which leaves room to count.
      seq = new DataView(random.buffer, random.byteOffset).getUint32(0) >>> 1;
    } else seq += 1;
    return v7({ random, msecs, seq });
  };
}
