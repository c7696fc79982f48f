import { performance } from "node:perf_hooks";
import type { Payload } from "./contender.ts";

/** The rest of the payload is about 100 bytes, so that each is 1 KB of JSON. */
const filler = "abcdefgh ".repeat(110).slice(0, 920);

/** Milliseconds on a clock that is the same for all processes of a machine, and finer than `Date.now()`. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

export function createPayload(n: number, publishedAt = 0): Payload {
  return { memory_id: `m-${n}`, published_at: publishedAt, snapshot: { text: filler }, user_id: "u-1" };
}

export function createPayloads(count: number): readonly Payload[] {
  return Array.from({ length: count }, (_, n) => createPayload(n));
}

/** When the body was published, by the sender's account. The receiver reads it. */
export function publishedAt(body: string): number {
  return Number(/"published_at":([\d.]+)/.exec(body)?.[1]);
}
