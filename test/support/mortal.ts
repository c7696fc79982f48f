import { ResultAsync } from "neverthrow";
import type { HttpClientAdapter } from "../../src/ports/http-client.ts";
import type { Storage, StorageAdapter } from "../../src/ports/storage.ts";
import { aroundCalls, type Outcome, type PortCall } from "./around-calls.ts";

/** At which call to the storage, counted from 1, and whether that call was made: its answer comes in no case. */
export interface Death {
  readonly atCall: number;
  readonly side: "before" | "after";
}

/** What a process has of the world outside it, until it dies: then nothing that it does has effect or is answered. */
export interface Mortal {
  readonly storage: StorageAdapter;
  readonly http: HttpClientAdapter;
  /** The call at which it died; null while it lives. */
  diedAt(): string | null;
  /** What `work` comes to, or null if it dies over it. All that it had begun in the storage is over then. */
  outlives<T>(work: PromiseLike<T>): Promise<T | null>;
  /** Frees what the system frees when a process ends. */
  bury(): Promise<void>;
}

export function createMortal(storage: StorageAdapter, http: HttpClientAdapter, { atCall, side }: Death): Mortal {
  const opened: Storage[] = [];
  const underWay = new Set<Promise<void>>();
  let die: () => void = () => undefined;
  const died = new Promise<void>((resolve) => {
    die = resolve;
  });
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
    die();
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
      const outcome = await Promise.race([answered(work), died.then(() => null)]);
      while (underWay.size > 0) await Promise.all(underWay);
      return outcome;
    },
    async bury() {
      for (const one of opened) (await one.close())._unsafeUnwrap();
    },
  };
}

/** Nothing refers to it but those who wait for it, so it goes with them. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}

/**
 * Lives `life` again and again, with a death at every call in turn, until it comes to its end alive.
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
