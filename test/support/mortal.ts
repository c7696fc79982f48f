import { ResultAsync } from "neverthrow";
import type { HttpClientAdapter } from "../../src/ports/http-client.ts";
import type { Storage, StorageAdapter } from "../../src/ports/storage.ts";
import { aroundCalls, type Outcome, type PortCall } from "./around-calls.ts";
import { createGate } from "./gate.ts";

/** A process dies before or after it makes this call to the storage, counted from 1. The answer never comes. */
export interface Death {
  readonly atCall: number;
  readonly side: "before" | "after";
}

/** What a process has of the outside world. Once it dies, nothing that it does has an effect or an answer. */
export interface Mortal {
  readonly storage: StorageAdapter;
  readonly http: HttpClientAdapter;
  /** The call at which it died; null while it lives. */
  diedAt(): string | null;
  /** The outcome of `work`, or null if the process dies over it. All that it began in the storage is over then. */
  outlives<T>(work: PromiseLike<T>): Promise<T | null>;
  /** Closes what the system frees when a process ends. */
  bury(): Promise<void>;
}

export function createMortal(storage: StorageAdapter, http: HttpClientAdapter, { atCall, side }: Death): Mortal {
  const opened: Storage[] = [];
  const underWay = new Set<Promise<void>>();
  const death = createGate<null>();
  let calls = 0;
  let diedAt: string | null = null;

  const isDead = () => diedAt !== null;

  async function answered<T>(made: PromiseLike<T>): Promise<T> {
    const answer = await made;
    return isDead() ? never() : answer;
  }

  function make(call: PortCall): Promise<Outcome> {
    const made = call.make();
    const over = made.then(() => {
      underWay.delete(over);
    });
    underWay.add(over);
    return made;
  }

  function around(call: PortCall): Promise<Outcome> {
    if (isDead()) return never();
    calls += 1;
    if (calls < atCall) return answered(make(call));
    diedAt = `${side} ${call.name}, call ${calls}`;
    const made = side === "after" ? make(call) : null;
    death.open(null);
    return made === null ? never() : answered(made);
  }

  return {
    storage: aroundCalls({ ...storage, open: () => storage.open().andTee((one) => opened.push(one)) }, around),
    http: {
      ...http,
      open(context) {
        const { post, close } = http.open(context);
        return { close, post: (request) => new ResultAsync(isDead() ? never() : answered(post(request))) };
      },
    },
    diedAt: () => diedAt,
    async outlives(work) {
      const outcome = await Promise.race([answered(work), death.opened]);
      while (underWay.size > 0) await Promise.all(underWay);
      return outcome;
    },
    async bury() {
      for (const one of opened) (await one.close())._unsafeUnwrap();
    },
  };
}

/** Only those who wait for it refer to it, so it is collected with them. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}

/**
 * Runs `life` again and again, with a death at each call in turn, until it ends alive.
 *
 * @returns where it died
 */
export async function walkDeaths(life: (death: Death) => Promise<string | null>): Promise<readonly string[]> {
  const walked: string[] = [];
  for (const side of ["before", "after"] as const) {
    for (let atCall = 1; ; atCall += 1) {
      const diedAt = await life({ atCall, side }).catch((error: unknown) => {
        throw new Error(`after a death ${side} call ${atCall}: ${String(error)}`, { cause: error });
      });
      if (diedAt === null) break;
      walked.push(diedAt);
    }
  }
  return walked;
}
