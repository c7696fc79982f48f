import { EventEmitter } from "node:events";
import type { PoolClient } from "pg";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Connections } from "../../src/adapters/postgres/connections.ts";
import { createNotifications } from "../../src/adapters/postgres/notifications.ts";
import { createGate } from "../support/gate.ts";

const always = { tells: true, listens: true };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("a server that refuses LISTEN is asked again and again, and no connection is kept", async () => {
  let [kept, released] = [0, 0];
  const client = () =>
    Object.assign(Object.create(new EventEmitter()), {
      query: () => Promise.reject(new Error("LISTEN is not supported")),
      release: () => void (released += 1),
    });
  const keep = async (): Promise<PoolClient> => {
    kept += 1;
    return client();
  };
  const lend: Connections["lend"] = () => Promise.reject(new Error("nothing is to be told"));
  const notifications = createNotifications({ keep, lend }, "hookledger", always);
  notifications.begin();
  await vi.advanceTimersByTimeAsync(3500);
  expect(kept).toBe(4);
  expect(released).toBe(4);
  await notifications.close();
});

it.each([
  ["a pool that the application has ended", new Error("Cannot use a pool after calling end on the pool")],
  ["a bug", new TypeError("x is not a function")],
])("if telling fails, nobody gets a rejection, and closing succeeds: %s", async (_, thrown) => {
  let asked = 0;
  const lend: Connections["lend"] = () => {
    asked += 1;
    return Promise.reject(thrown);
  };
  const notifications = createNotifications({ keep: () => Promise.reject(thrown), lend }, "hookledger", always);
  notifications.tell();
  await vi.advanceTimersByTimeAsync(0);
  notifications.tell();
  await expect(notifications.close()).resolves.toBeUndefined();
  expect(asked).toBe(2);
});

it("a notification is not lost, whenever it comes while the one before is being sent", async () => {
  for (let moment = 0; moment < 12; moment += 1) {
    let [asked, told] = [0, 0];
    const lend: Connections["lend"] = async () => {
      // The server hears of all that was told so far.
      asked = told;
      return Object.create(null);
    };
    const keep = () => Promise.reject(new Error("nobody listens"));
    const notifications = createNotifications({ keep, lend }, "hookledger", always);
    const tell = () => {
      told += 1;
      notifications.tell();
    };
    tell();
    for (let turn = 0; turn < moment; turn += 1) await Promise.resolve();
    tell();
    await vi.advanceTimersByTimeAsync(0);
    expect({ moment, asked }).toEqual({ moment, asked: 2 });
    await notifications.close();
  }
});

it("closing waits for the notification that is being sent, so that its connection is free again", async () => {
  const sent = createGate<null>();
  const lend: Connections["lend"] = async () => {
    await sent.opened;
    return Object.create(null);
  };
  const keep = () => Promise.reject(new Error("nobody listens"));
  const notifications = createNotifications({ keep, lend }, "hookledger", always);
  notifications.tell();
  let isClosed = false;
  const closing = notifications.close().then(() => (isClosed = true));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(isClosed).toBe(false);
  sent.open(null);
  await closing;
});
