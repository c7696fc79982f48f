import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { postgresStorage } from "../../src/adapters/postgres/index.ts";
import { openHooks, value } from "../support/open-hooks.ts";
import { queryOnce } from "../support/postgres/schema.ts";

const event = "memory.updated";
const servers = [inject("postgresUrl"), ...inject("otherPostgres").map(({ url }) => url)];

/** The SQL that the page gives under Erasing for rebuilding the index. */
const page = readFileSync(join(import.meta.dirname, "../../docs/postgres.md"), "utf8");
const [, rebuilding = ""] = /^```sql\n(reindex [\s\S]*?)^```$/m.exec(page) ?? [];

/** So many that a vacuum which may choose leaves the indexes alone if only one of the table's pages has old rows. */
const MESSAGES = 500;
const payload = { text: "p".repeat(1500) };

/** A row for each item of the index, dead or not, and the kind of its page: `l` is a leaf, `r` the root above. */
const pages = `with pages as (
  select type, decode(replace(data, ' ', ''), 'hex') as item
  from generate_series(1, pg_relation_size('hookledger.messages_subject') / 8192 - 1) as page,
    bt_page_stats('hookledger.messages_subject', page::int), bt_page_items('hookledger.messages_subject', page::int)
)`;
const holds = (subject: string): string => `position(${subject}::bytea in item) > 0`;

describe.each(servers)("the subject of what was erased, on %s", (server) => {
  /** In a database of its own, since rebuilding an index waits for all transactions in the database. */
  async function published(subjectOf: (n: number) => string | undefined) {
    const database = `test_${randomUUID().replaceAll("-", "")}`;
    const connectionString = Object.assign(new URL(server), { pathname: `/${database}` }).href;
    await queryOnce(server, `create database ${database}`);
    onTestFinished(async () => {
      await queryOnce(server, `drop database ${database} with (force)`);
    });
    const hooks = await openHooks({ storage: postgresStorage({ connectionString }) });
    const messages = Array.from({ length: MESSAGES }, (_, n) => ({ event, payload, subject: subjectOf(n) }) as const);
    await value(hooks.publishMany(messages));
    const query = async (text: string): Promise<readonly string[]> => {
      const { rows } = await queryOnce<{ found: string }>(connectionString, text);
      return rows.map(({ found }) => found);
    };
    await query("create extension pageinspect");
    return {
      ...{ query, erase: (subject: string) => value(hooks.messages.erase({ subject })) },
      /** The kinds of the index's pages that have an item with the subject. */
      pagesWith: (subject: string) =>
        query(`${pages} select distinct type as found from pages where ${holds(`'${subject}'`)} order by 1`),
      /** The indexes whose files hold the subject, even between the items. */
      async indexesWith(subject: string) {
        await query("checkpoint");
        return query(`
          select relname as found from pg_class where relnamespace = 'hookledger'::regnamespace and relkind = 'i'
            and position('${subject}'::bytea in pg_read_binary_file(pg_relation_filepath(oid))) > 0`);
      },
    };
  }

  it("is in no item of an index, even if only one of the table's pages held it", async () => {
    const { erase, pagesWith } = await published((n) => (n === 250 ? "user-7" : undefined));
    expect(await pagesWith("user-7")).toEqual(["l"]);
    await erase("user-7");
    expect(await pagesWith("user-7")).toEqual([]);
  });

  it("is in no file of an index once that is rebuilt, even if it divides the index's pages", async () => {
    const { query, erase, pagesWith, indexesWith } = await published((n) => `user-${String(n).padStart(3, "0")}`);
    const [divider = ""] = await query(`${pages} select subject as found from hookledger.messages, pages
      where type = 'r' and ${holds("subject")} limit 1`);
    await erase(divider);
    expect(await pagesWith(divider)).toContain("r");
    expect(await indexesWith(divider)).toEqual(["messages_subject"]);
    await query(rebuilding);
    expect(await indexesWith(divider)).toEqual([]);
  });
});
