import pg from "pg";
import { okAsync } from "neverthrow";
import { inject } from "vitest";
import {
  postgresStorage,
  type PostgresStorageOptions,
  type PostgresTransaction,
} from "../../../src/adapters/postgres/index.ts";
import type { Commit } from "../../../src/ports/commit.ts";
import type { RemoteTransaction } from "../../../src/ports/open-transaction.ts";
import type { Storage } from "../../../src/ports/storage.ts";
import { temporarySchema } from "./schema.ts";
import { valueOf } from "../../../src/testing/contracts/results.ts";
import type { Damage, StorageHarness, Tamperings } from "../../../src/testing/contracts/storage/harness.ts";
import { openAtOnce } from "../../../src/testing/contracts/storage/opening.ts";

type PostgresStorage = Storage<PostgresTransaction, RemoteTransaction>;

export function openPostgres(options: PostgresStorageOptions): Promise<PostgresStorage> {
  return valueOf(postgresStorage(options).open());
}

/** The contract's harness on a schema: opened by its own connections, or by pools as an application would make them. */
export async function postgresHarness(
  by: "connectionString" | "pool",
  {
    connectionString = inject("postgresUrl"),
    openers = 1,
  }: { connectionString?: string; openers?: number | undefined } = {},
): Promise<StorageHarness> {
  const schema = temporarySchema(connectionString);
  const others: (typeof schema)[] = [];
  const pools: pg.Pool[] = [];
  const storages: Storage[] = [];
  const clients: pg.Client[] = [];

  async function open(): Promise<PostgresStorage> {
    const where = by === "connectionString" ? { connectionString } : { pool: pool() };
    const storage = await openPostgres({ ...where, schema: schema.name });
    storages.push(storage);
    return storage;
  }

  function pool(): pg.Pool {
    const made = new pg.Pool({ connectionString, max: 4 });
    pools.push(made);
    return made;
  }

  async function spoil(table: string, change: string): Promise<void> {
    const verb = change.startsWith("delete")
      ? `delete from ${schema.name}.${table}`
      : `update ${schema.name}.${table} set`;
    const { rowCount } = await schema.query(`${verb} ${change.replace(/^delete /, "")}`);
    if (rowCount !== 1) throw new Error(`there is nothing to spoil: ${change}`);
  }

  async function slow(commit: Commit) {
    const client = new pg.Client({ connectionString });
    clients.push(client);
    await client.connect();
    await client.query("begin");
    const joined = (await open()).join(client)._unsafeUnwrap();
    (await joined.inTurn(okAsync(commit), (part) => part.append({ messages: [], ...commit })))._unsafeUnwrap();
    return {
      async end(how: "commit" | "rollback") {
        await client.query(how);
      },
    };
  }

  function nowhere() {
    const made = temporarySchema(connectionString);
    others.push(made);
    const where = by === "connectionString" ? { connectionString } : { pool: pool() };
    return postgresStorage({ ...where, schema: made.name });
  }

  return {
    ...(await openAtOnce(open, openers)),
    another: open,
    // The server is another process: what it shows to new connections is what a killed one leaves.
    afterKill: open,
    tellsEarly: true,
    nowhere,
    slow,
    damage: (position, how) => spoil("events", `${damages[how]} where position = ${position}`),
    tamper: (projection, id, how) => spoil(projection, tamperings[projection][how].replaceAll("@id", `'${id}'`)),
    garble: (id) => spoil("webhooks", `retry_config = '{"oops":' where webhook_id = '${id}'`),
    putFirst: (id) => spoil("webhooks", `registered_position = 0 where webhook_id = '${id}'`),
    async dispose() {
      for (const storage of storages) (await storage.close())._unsafeUnwrap();
      for (const made of [...pools, ...clients]) await made.end();
      for (const made of [schema, ...others]) await made.remove();
    },
  };
}

const damages: Readonly<Record<Damage, string>> = {
  "unknown-type": "type = 'NeverHeardOf'",
  "not-json": "data = 'not json'",
  "wrong-data": "data = '[]'",
};

const tamperings: { readonly [Projection in keyof Tamperings]: Readonly<Record<Tamperings[Projection], string>> } = {
  webhooks: {
    change: "url = url || '/elsewhere' where webhook_id = @id",
    remove: "delete where webhook_id = @id",
    rename: "webhook_id = @id || '-renamed' where webhook_id = @id",
  },
  deliveries: {
    change: "attempts = attempts + 1 where delivery_id = @id",
    remove: "delete where delivery_id = @id",
    rename: "delivery_id = @id || '-renamed' where delivery_id = @id",
  },
  queue: { remove: "delete where delivery_id = @id" },
};
