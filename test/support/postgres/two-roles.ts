import { randomUUID } from "node:crypto";
import { onTestFinished } from "vitest";
import { postgresStorage } from "../../../src/adapters/postgres/index.ts";
import { openPostgres } from "./harness.ts";
import { queryOnce } from "./schema.ts";

/** A database where one role has made the tables, and another may read and write them, and no more. */
export async function twoRoles(server: string) {
  const database = `test_${randomUUID().replaceAll("-", "")}`;
  const [owner, app] = [`${database}_owner`, `${database}_app`];
  const at = (role: string): string =>
    Object.assign(new URL(server), { username: role, pathname: `/${database}` }).href;
  const query = (text: string) => queryOnce(at(new URL(server).username), text);
  await queryOnce(server, `create database ${database}`);
  onTestFinished(async () => {
    await queryOnce(server, `drop database ${database} with (force)`);
    await queryOnce(server, `drop role ${owner}, ${app}`);
  });
  await query(`create role ${owner} login; create role ${app} login; grant create on database ${database} to ${owner}`);
  (await (await openPostgres({ connectionString: at(owner) })).close())._unsafeUnwrap();
  await query(`grant usage on schema hookledger to ${app};
    grant select, insert, update, delete on all tables in schema hookledger to ${app};
    grant select on all sequences in schema hookledger to ${app}`);
  const { rows } = await query("select current_setting('server_version_num')::int / 10000 as version");
  const version = Number(rows[0]?.version);
  return { version, database, owner, app, query, storage: postgresStorage({ connectionString: at(app) }) };
}
