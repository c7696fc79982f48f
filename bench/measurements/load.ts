import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import type { Session } from "../contender.ts";
import { createPayload, createPayloads, now } from "../payload.ts";

export type Publish = Session["publish"];

/** How many callers publish side by side, each one message after another. */
const CALLERS = 32;

/** Publishes until the count or the time is reached, and returns how many messages it published. */
export async function publishByCallers(publish: Publish, count: number, milliseconds = Infinity): Promise<number> {
  const end = now() + milliseconds;
  let published = 0;
  const caller = async () => {
    while (published < count && now() < end) await publish(createPayload(published++));
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return published;
}

export async function fill(session: Session, count: number): Promise<void> {
  const chunk = 10_000;
  for (let filled = 0; filled < count; filled += chunk) {
    await session.fill(createPayloads(Math.min(chunk, count - filled)));
  }
}

/**
 * Publishes a number of messages a second, whether or not the earlier ones are through. Each message says that it was
 * published when it was due, so that the delay counts if a sender keeps the process from publishing. Timers are late by
 * up to a millisecond, which would drown the differences, so it spends the last two milliseconds in turns of the event
 * loop.
 */
export async function publishOnSchedule(publish: Publish, count: number, perSecond: number): Promise<void> {
  const start = now();
  const publications: Promise<void>[] = [];
  for (let n = 0; n < count; n += 1) {
    const due = start + (n * 1000) / perSecond;
    const wait = due - now() - 2;
    if (wait > 0) await pause(wait);
    while (now() < due) await nextTurn();
    publications.push(publish(createPayload(n, due)));
  }
  await Promise.all(publications);
}
