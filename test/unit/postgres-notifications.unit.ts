import { EventEmitter } from "node:events";
import type { PoolClient } from "pg";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Connections } from "../../src/adapters/postgres/connections.ts";
import { createNotifications } from "../../src/adapters/postgres/notifications.ts";

const always = { tells: true, listens: true };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("a server that takes no LISTEN is asked again and again, and keeps no connection", async () => {
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
])("whatever keeps it from telling is nobody's rejection, and closing ends well: %s", async (_, thrown) => {
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
