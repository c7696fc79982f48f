import { expect, inject, it, onTestFinished, vi } from "vitest";
import { postgresStorage } from "../../src/adapters/postgres/index.ts";
import { aesGcmCipher } from "../../src/index.ts";
import { openHooks, value } from "../support/open-hooks.ts";
import { temporarySchema } from "../support/postgres/schema.ts";

const cipher = aesGcmCipher({ current: "k", keys: { k: new Uint8Array(32).fill(1) } })._unsafeUnwrap();
const event = "memory.updated";

it.each(["erase", "reEncryptSecrets"] as const)(
  "the tables that held what was erased or re-encrypted are vacuumed: %s",
  async (call) => {
    const schema = temporarySchema();
    onTestFinished(async () => {
      await schema.remove();
    });
    const storage = postgresStorage({ connectionString: inject("postgresUrl"), schema: schema.name });
    const hooks = await openHooks({ storage });
    await value(hooks.webhooks.register({ url: "http://127.0.0.1:9/hook", events: [event] }));
    await value(hooks.publish({ event, payload: { text: "p" }, subject: "s" }));
    await value(hooks.close());
    const withCipher = await openHooks({ storage, cipher });
    if (call === "erase") await value(withCipher.messages.erase({ subject: "s" }));
    else await value(withCipher.webhooks.reEncryptSecrets());
    await value(withCipher.close());
    await vi.waitFor(async () => {
      const { rows } = await schema.query(
        `select relname as table, vacuum_count::int as vacuums from pg_stat_user_tables
          where schemaname = '${schema.name}' and relname in ('messages', 'responses', 'webhook_secrets') order by 1`,
      );
      expect(rows).toEqual(["messages", "responses", "webhook_secrets"].map((table) => ({ table, vacuums: 1 })));
    });
  },
);
