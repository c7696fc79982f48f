import { isNumber } from "../domain/guards.ts";
import type { Logger } from "../ports/logger.ts";
import type { Random } from "../ports/random.ts";
import { nameOf } from "./error-facts.ts";

/**
 * Guards the application's own source of chance, which may have a bug. A fraction is asked for when the receiver has
 * answered. Without one the outcome could not be recorded, and the request would be sent again each time the lease
 * ends, for ever. So there is then no jitter. Too few bytes would make a secret that can be guessed, so that throws.
 */
export function guardRandom(random: Random, logger: Logger): Random {
  function withoutJitter(error: string): number {
    logger.error("there is no jitter, because the source of chance has a bug", { error });
    return 0;
  }

  return {
    fraction() {
      try {
        const fraction = random.fraction();
        return isNumber(fraction) && fraction >= 0 && fraction < 1
          ? fraction
          : withoutJitter("not a number from 0 up to 1");
      } catch (thrown) {
        return withoutJitter(nameOf(thrown));
      }
    },
    bytes(count) {
      const bytes = random.bytes(count);
      if (bytes instanceof Uint8Array && bytes.length === count) return bytes;
      throw new TypeError(`random.bytes(${count}) must return a Uint8Array of ${count} bytes`);
    },
  };
}
