import Database from "better-sqlite3";
import { join } from "node:path";
import type { Contender, Session } from "../contender.ts";
import { undiciPoster } from "./post.ts";

/**
 * The floor for anything durable: one table, one transaction per turn of the event loop, no ledger, no signature, no
 * retry, no fairness, no lease. Only this process knows which requests are under way.
 */
export const outbox: Contender = {
  name: "bare outbox",
  settings: "SQLite, WAL, synchronous=FULL, group commit, undici.request",
  store: "folder",
  open({ folder, webhooks, concurrency }): Promise<Session> {
    const database = new Database(join(folder, "outbox.db"));
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = FULL");
    database.exec("create table outbox (id integer primary key, url text, body text, done integer) strict");
    database.exec("create index outbox_todo on outbox (id) where done = 0");
    const insert = database.prepare("insert into outbox (url, body, done) values (?, ?, 0)");
    const finish = database.prepare("update outbox set done = 1 where id = ?");
    const next = database.prepare<[number, number], { id: number; url: string; body: string }>(
      "select id, url, body from outbox where done = 0 and id > ? order by id limit ?",
    );
    const poster = undiciPoster();
    let bodies: string[] = [];
    let outcomes: number[] = [];
    let waiting: (() => void)[] = [];
    let [after, underWay, scheduled, delivering, closed] = [0, 0, false, false, false];
    let onIdle: (() => void) | null = null;

    const write = database.transaction(() => {
      for (const body of bodies) for (const url of webhooks) insert.run(url, body);
      for (const id of outcomes) finish.run(id);
    });
    function schedule(): void {
      if (!scheduled) setImmediate(turn);
      scheduled = true;
    }
    function turn(): void {
      scheduled = false;
      if (closed) return;
      write();
      const published = waiting;
      [bodies, outcomes, waiting] = [[], [], []];
      for (const resolve of published) resolve();
      if (!delivering) return;
      const free = concurrency - underWay;
      for (const { id, url, body } of free > 0 ? next.iterate(after, free) : []) send(id, url, body);
      if (underWay > 0 || onIdle === null) return;
      onIdle();
      [onIdle, delivering] = [null, false];
    }
    function send(id: number, url: string, body: string): void {
      after = id;
      underWay += 1;
      void poster.post(url, body).then(() => {
        underWay -= 1;
        outcomes.push(id);
        schedule();
      });
    }
    function deliver(): void {
      delivering = true;
      schedule();
    }
    const publish = (payload: object): Promise<void> =>
      new Promise((resolve) => {
        bodies.push(JSON.stringify(payload));
        waiting.push(resolve);
        schedule();
      });
    return Promise.resolve({
      publish,
      async fill(payloads) {
        await Promise.all(payloads.map(publish));
      },
      drain: () =>
        new Promise((resolve) => {
          onIdle = resolve;
          deliver();
        }),
      start: () => Promise.resolve(deliver()),
      async close() {
        delivering = false;
        await poster.close();
        closed = true;
        database.close();
      },
    });
  },
};
