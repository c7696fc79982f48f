import { describe, expect, inject, it, vi } from "vitest";
import { aesGcmCipher } from "../../src/index.ts";
import { failure, openHooks, value } from "../support/open-hooks.ts";
import { twoRoles } from "../support/postgres/two-roles.ts";

const cipher = aesGcmCipher({ current: "k", keys: { k: new Uint8Array(32).fill(1) } })._unsafeUnwrap();
const event = "memory.updated";
const tables = ["messages", "responses", "webhook_secrets"];
const qualified = tables.map((table) => `hookledger.${table}`);
type Roles = Awaited<ReturnType<typeof twoRoles>>;

async function published({ storage }: Roles) {
  const hooks = await openHooks({ storage, cipher });
  await value(hooks.publish({ event, payload: { text: "p" }, subject: "s" }));
  const erase = () => hooks.messages.erase({ subject: "s" });
  return { erase, reEncryptSecrets: () => hooks.webhooks.reEncryptSecrets() };
}

/** Which of the tables that hold what is erased were vacuumed. */
async function vacuumed({ query }: Roles): Promise<readonly string[]> {
  const { rows } = await query(`select relname as table from pg_stat_user_tables
    where relname in ('${tables.join("', '")}') and vacuum_count > 0 order by 1`);
  return rows.map(({ table }) => String(table));
}

const servers = [inject("postgresUrl"), ...inject("otherPostgres").map(({ url }) => url)];

describe.each(servers)("a role that does not own the tables, on %s", (server) => {
  it.each(["erase", "reEncryptSecrets"] as const)("is told that old rows are left: %s", async (call) => {
    const roles = await twoRoles(server);
    const calls = await published(roles);
    const error = await failure<unknown, { readonly message: string }>(calls[call]());
    expect(error).toMatchObject({ type: "StorageError", reason: "unreachable", retryable: false });
    expect(error.message).toContain(`grant maintain on ${qualified.join(", ")} to ${roles.app}`);
    expect(await vacuumed(roles)).toEqual([]);
  });

  it("has erased the payload nevertheless", async () => {
    const roles = await twoRoles(server);
    const { erase } = await published(roles);
    const { message } = await failure(erase());
    expect(message).toContain("the payloads are erased, but");
    expect(message).toMatch(/grant maintain .*; after that, erase them again$/);
    const { rows } = await roles.query("select body, subject from hookledger.messages");
    expect(rows).toEqual([{ body: "", subject: null }]);
  });

  it("is told only of the tables that it may not vacuum", async () => {
    const roles = await twoRoles(server);
    await roles.query(`alter table hookledger.messages owner to ${roles.app}`);
    const { message } = await failure((await published(roles)).erase());
    expect(message).toContain(`maintain on ${qualified.slice(1).join(", ")} to`);
    await vi.waitFor(async () => expect(await vacuumed(roles)).toEqual(["messages"]));
  });

  const granted = ({ app }: Roles) => `grant maintain on ${qualified.join(", ")} to ${app}`;
  const ways: readonly (readonly [way: string, grant: (roles: Roles) => string])[] = [
    ["is a member of the one that does", ({ owner, app }) => `grant ${owner} to ${app}`],
    ["owns the database", ({ database, app }) => `alter database ${database} owner to ${app}`],
    // Before PostgreSQL 17 nobody can be granted that.
    ["may maintain them", (roles) => (roles.version < 17 ? `grant ${roles.owner} to ${roles.app}` : granted(roles))],
  ];
  it.each(ways)("has them vacuumed if it %s", async (_, grant) => {
    const roles = await twoRoles(server);
    const { erase } = await published(roles);
    await failure(erase());
    await roles.query(grant(roles));
    expect(await value(erase())).toEqual({ erased: 0 });
    await vi.waitFor(async () => expect(await vacuumed(roles)).toEqual(tables));
  });
});
