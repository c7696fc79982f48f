import { EventEmitter } from "node:events";
import type { PoolClient } from "pg";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Connections } from "../../src/adapters/postgres/connections.ts";
import { createNotifications } from "../../src/adapters/postgres/notifications.ts";

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
  const notifications = createNotifications({ keep, lend }, "hookledger", true);
  notifications.begin();
  await vi.advanceTimersByTimeAsync(3500);
  expect(kept).toBe(4);
  expect(released).toBe(4);
  await notifications.close();
});
