import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { postgresStorage } from "../../../src/adapters/postgres/index.ts";
import { openPostgres } from "./harness.ts";
import { queryOnce } from "./schema.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/postgres.md"), "utf8");

/** The SQL blocks of a section of the page. */
function sqlUnder(heading: string): readonly string[] {
  const section = page.split(/^## /m).find((one) => one.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);
}

/**
 * A database where one role has made the tables, and another one has what the page grants it, except for the grant that
 * needs version 17 (`maintain`).
 */
export async function twoRoles(server: string) {
  const database = `test_${randomUUID().replaceAll("-", "")}`;
  const [owner, app] = [`${database}_owner`, `${database}_app`];
  const at = (role: string): string =>
    Object.assign(new URL(server), { username: role, pathname: `/${database}` }).href;
  const query = (text: string) => queryOnce(at(new URL(server).username), text);
  const [roles = "", grants = "", maintain = ""] = sqlUnder("Roles").map((block) =>
    block.replaceAll("hooks_owner", owner).replaceAll("hooks_app", app),
  );
  await queryOnce(server, `create database ${database}`);
  onTestFinished(async () => {
    await queryOnce(server, `drop database ${database} with (force)`);
    await queryOnce(server, `drop role ${owner}, ${app}`);
  });
  await query(roles);
  (await (await openPostgres({ connectionString: at(owner) })).close())._unsafeUnwrap();
  await queryOnce(at(owner), grants);
  const { rows } = await query("select current_setting('server_version_num')::int / 10000 as version");
  return {
    ...{ database, owner, app, query },
    version: Number(rows[0]?.version),
    connectionString: at(app),
    storage: postgresStorage({ connectionString: at(app) }),
    /** Grants what needs version 17. */
    maintain: () => queryOnce(at(owner), maintain),
    asOwner: at(owner),
  };
}
