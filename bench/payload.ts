import { performance } from "node:perf_hooks";
import type { Payload } from "./contender.ts";

/** The rest of the payload is about 100 bytes, so that each is 1 KB of JSON. */
const filler = "abcdefgh ".repeat(110).slice(0, 920);

/** Milliseconds on a clock that all processes of one machine read alike, finer than `Date.now()`. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

export function createPayload(n: number, publishedAt = 0): Payload {
  return { memory_id: `m-${n}`, published_at: publishedAt, snapshot: { text: filler }, user_id: "u-1" };
}

export function createPayloads(count: number): readonly Payload[] {
  return Array.from({ length: count }, (_, n) => createPayload(n));
}

/** When the sender says that a body was published; the receiver asks. */
export function publishedAt(body: string): number {
  return Number(/"published_at":([\d.]+)/.exec(body)?.[1]);
}
