import type { Options } from "../options.ts";
import { median } from "../statistics.ts";
import { hookledger, peers, type Library } from "./libraries.ts";

export const libraries: readonly Library[] = [hookledger, ...peers];

/** The sizes of the JSON that is signed. */
export const SIZES_KB = [1, 4, 16];

const MESSAGES = 20_000;
/** As many as a receiver has under way: one after the other would be the worst case for a promise per message. */
const UNDER_WAY = 64;

/** Messages a second. */
export interface Speeds {
  readonly sign: number;
  readonly verify: number;
  readonly verifyOneByOne: number;
  readonly both: number;
  readonly bothOneByOne: number;
}

/** The medians. Each round measures every library, so that a machine that slows down slows all of them. */
export async function measureSignatures(
  sizeKb: number,
  { rounds, scale }: Pick<Options, "rounds" | "scale">,
): Promise<ReadonlyMap<Library, Speeds>> {
  const count = Math.ceil((MESSAGES * scale) / sizeKb);
  const body = Buffer.from(JSON.stringify({ text: "abcdefgh".repeat(sizeKb * 128) }));
  const runs = new Map(libraries.map((library) => [library, new Array<Speeds>()]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [library, speeds] of runs) {
      const measured = await measureOnce(library, body, count);
      // The first round is only for the compiler.
      if (round > 0) speeds.push(measured);
    }
  }
  return new Map([...runs].map(([library, speeds]) => [library, mediansOf(speeds)]));
}

async function measureOnce({ sign, verify }: Library, body: Buffer, count: number): Promise<Speeds> {
  const now = new Date();
  const signed = sign("msg_0", body, now);
  const both = (n: number) => verify(sign(`msg_${n}`, body, now), body);
  return {
    sign: await perSecond(count, 1, (n) => void sign(`msg_${n}`, body, now)),
    verify: await perSecond(count, UNDER_WAY, () => verify(signed, body)),
    verifyOneByOne: await perSecond(count, 1, () => verify(signed, body)),
    both: await perSecond(count, UNDER_WAY, both),
    bothOneByOne: await perSecond(count, 1, both),
  };
}

/** Awaits promises only, so that a library that answers at once does not wait for a turn. */
async function perSecond(count: number, underWay: number, work: (n: number) => unknown): Promise<number> {
  const startedAt = performance.now();
  let next = 0;
  async function one(): Promise<void> {
    while (next < count) {
      const working = work((next += 1));
      if (working instanceof Promise) await working;
    }
  }
  await Promise.all(Array.from({ length: underWay }, one));
  return (count / (performance.now() - startedAt)) * 1000;
}

function mediansOf(runs: readonly Speeds[]): Speeds {
  const of = (name: keyof Speeds) => median(runs.map((speeds) => speeds[name]));
  return {
    ...{ sign: of("sign"), verify: of("verify"), verifyOneByOne: of("verifyOneByOne") },
    ...{ both: of("both"), bothOneByOne: of("bothOneByOne") },
  };
}
