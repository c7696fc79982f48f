import { tasks, type Part } from "./tasks.ts";

export interface Options {
  readonly parts: readonly Part[];
  /** Whether signatures are measured too: those compare libraries, not systems, and have their own table. */
  readonly signatures: boolean;
  readonly rounds: number;
  /** Every size is multiplied by it. Below 1 it makes a quick trial, whose figures are worth little. */
  readonly scale: number;
  /** Whether a contender takes part. */
  takesPart(name: string): boolean;
}

const SIGNATURES = "signatures";

function isPart(name: string): name is Part {
  return name in tasks;
}

/** Throws an error that says what to type instead. */
export function parseOptions(names: readonly string[], environment: NodeJS.ProcessEnv): Options {
  const all = Object.keys(tasks).filter(isPart);
  const unknown = names.filter((name) => !isPart(name) && name !== SIGNATURES);
  const choice = [...all, SIGNATURES].join(", ");
  if (unknown.length > 0) throw new Error(`no part is called ${unknown.join(", ")}: choose from ${choice}`);
  const only = (environment["BENCH_ONLY"] ?? "").split(",").filter((part) => part !== "");
  return {
    parts: names.length === 0 ? all : names.filter(isPart),
    signatures: names.length === 0 || names.includes(SIGNATURES),
    rounds: positive("BENCH_ROUNDS", environment["BENCH_ROUNDS"] ?? "5"),
    scale: positive("BENCH_SCALE", environment["BENCH_SCALE"] ?? "1"),
    takesPart: (name) => only.length === 0 || only.some((part) => name.includes(part)),
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(Number.isFinite(value) && value > 0)) throw new Error(`${name} must be a number above 0, not ${text}`);
  return value;
}
