import { EventEmitter } from "node:events";
import type { PoolClient } from "pg";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Connection } from "../../src/adapters/postgres/connection.ts";
import type { Connections } from "../../src/adapters/postgres/connections.ts";
import { createNotifications, type Notifying } from "../../src/adapters/postgres/notifications.ts";
import type { Statement } from "../../src/adapters/postgres/statement.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Kept {
  readonly client: EventEmitter;
  /** With what each call gave it back: true if it is not to be lent again. */
  readonly releases: unknown[];
  readonly asked: string[];
}

/** Notifications over clients that only note what is asked of them, and how often listeners were told. */
function listening(notifying: Partial<Notifying> = {}) {
  const kept: Kept[] = [];
  const values: unknown[] = [];
  const told = { times: 0, values };
  const keep = async (): Promise<PoolClient> => {
    const client = new EventEmitter();
    const one: Kept = { client, releases: [], asked: [] };
    kept.push(one);
    const methods = {
      query: async (text: string) => void one.asked.push(text),
      release: (isOfNoUse: unknown) => void one.releases.push(isOfNoUse),
    };
    return Object.assign(Object.create(client), methods);
  };
  const connection: Connection = Object.assign(Object.create(null), {
    run: async (statement: Statement<object>) => void values.push(...statement.values({})),
  });
  const lend: Connections["lend"] = (work) => work(connection);
  const notifications = createNotifications({ keep, lend }, "hookledger", { tells: true, listens: true, ...notifying });
  notifications.onTold(() => void (told.times += 1));
  return { notifications, kept, told, elapse: (ms: number) => vi.advanceTimersByTimeAsync(ms) };
}

it("whoever begins to listen is told at once, since something may have come before, and begins once only", async () => {
  const { notifications, kept, told, elapse } = listening();
  notifications.begin();
  notifications.begin();
  await elapse(0);
  expect(kept.map(({ asked }) => asked.length)).toEqual([1]);
  expect(told.times).toBe(1);
  await notifications.close();
});

it("listeners are told what another process or a transaction tells, and not what this process tells", async () => {
  const { notifications, kept, told, elapse } = listening();
  notifications.begin();
  notifications.tell();
  await elapse(0);
  const self = told.values.find((one) => !String(one).startsWith("hookledger_"));
  kept[0]?.client.emit("notification", { payload: self });
  expect(told.times).toBe(1);
  for (const payload of ["", "another"]) kept[0]?.client.emit("notification", { payload });
  expect(told.times).toBe(3);
  await notifications.close();
});

it.each([[["error"]], [["end"]], [["error", "end"]]])(
  "after %j, the connection is ended once, and a new one listens and is told what was missed",
  async (signs) => {
    const { notifications, kept, told, elapse } = listening();
    notifications.begin();
    await elapse(0);
    for (const sign of signs) kept[0]?.client.emit(sign, new Error("the server has gone"));
    await elapse(999);
    expect(kept.map(({ releases }) => releases)).toEqual([[true]]);
    await elapse(1);
    expect(kept.map(({ asked }) => asked.length)).toEqual([1, 1]);
    expect(told.times).toBe(2);
    await elapse(5000);
    expect(kept).toHaveLength(2);
    await notifications.close();
    expect(kept.map(({ releases }) => releases)).toEqual([[true], [true]]);
  },
);

it.each([
  ["while it listens", 0],
  ["before it listens", null],
])("closed %s, it ends its connection and never listens again", async (_, elapsed) => {
  const { notifications, kept, elapse } = listening();
  notifications.begin();
  if (elapsed !== null) await elapse(elapsed);
  await notifications.close();
  kept[0]?.client.emit("end");
  notifications.begin();
  await elapse(5000);
  expect(kept.map(({ releases }) => releases)).toEqual([[true]]);
});

it("closed after its connection was lost, it does not listen again", async () => {
  const { notifications, kept, elapse } = listening();
  notifications.begin();
  await elapse(0);
  kept[0]?.client.emit("end");
  await notifications.close();
  await elapse(5000);
  expect(kept).toHaveLength(1);
});

it("once closed, it neither listens nor tells", async () => {
  const { notifications, kept, told, elapse } = listening();
  await notifications.close();
  notifications.begin();
  notifications.tell();
  await elapse(5000);
  expect([kept.length, told.values.length]).toEqual([0, 0]);
});

it("behind a pooler, no connection is kept, and nothing is told where sessions are not one's own", async () => {
  const { notifications, kept, told, elapse } = listening({ tells: false, listens: false });
  notifications.begin();
  notifications.tell();
  await elapse(5000);
  expect([kept.length, told.values.length]).toEqual([0, 0]);
  await notifications.close();
});
