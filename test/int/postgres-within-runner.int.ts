import pg from "pg";
import { expect, inject, it, onTestFinished } from "vitest";
import { postgresStorage } from "../../src/adapters/postgres/index.ts";
import { openHookledger } from "../../src/index.ts";
import { value } from "../support/open-hooks.ts";
import { temporarySchema } from "../support/postgres/schema.ts";

const connectionString = inject("postgresUrl");
const event = "memory.updated";

it("one runner runs one statement at a time, also if a publish begins while another is under way", async () => {
  const { name: schema, remove } = temporarySchema();
  const hooks = await value(openHookledger({ storage: postgresStorage({ connectionString, schema }) }));
  const client = new pg.Client({ connectionString });
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    await value(hooks.close());
    await remove();
  });
  await client.query("begin");
  let underWay = 0;
  const overlaps: string[] = [];
  const begun: (() => void)[] = [];
  const runner = {
    async runSql(sql: string, parameters: (string | null)[]) {
      underWay += 1;
      if (underWay > 1) overlaps.push(sql);
      begun.shift()?.();
      const answer = await client.query(sql, parameters);
      underWay -= 1;
      return answer;
    },
  };
  const publish = (n: number) => hooks.within(runner).publish({ event, payload: { memory_id: `m-${n}` } });
  const published: ReturnType<typeof publish>[] = [];
  for (let n = 0; n < 8; n += 1) {
    // The next one begins in the midst of a statement of those before.
    const inMidst = new Promise<void>((resolve) => begun.push(resolve));
    published.push(publish(n));
    await inMidst;
  }
  for (const one of published) await value(one);
  await client.query("commit");
  expect(overlaps).toEqual([]);
});
