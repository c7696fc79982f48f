import { kyHttpClient } from "hookledger/ky";
import { undiciHttpClient } from "hookledger/undici";
import type { Contender } from "../contender.ts";
import { check, openOnDisk, openOnServer, publishInChunks } from "./hookledger-on-disk.ts";

const event = "memory.updated";
const clients = { undici: undiciHttpClient, ky: kyHttpClient };

function hookledger(on: "SQLite" | "PostgreSQL", client: keyof typeof clients): Contender {
  return {
    name: on === "SQLite" ? `hookledger, ${client}` : `hookledger on ${on}, ${client}`,
    settings: `${on}; all by default, but perWebhookConcurrency, which is as high as concurrency`,
    store: on === "SQLite" ? "folder" : "postgres",
    async open({ folder, server, webhooks, concurrency }) {
      const http = clients[client]();
      const hooks = await (on === "SQLite" ? openOnDisk(folder, http) : openOnServer(server, http));
      for (const url of webhooks) check(await hooks.webhooks.register({ url, events: [event] }));
      const worker = hooks.worker({ concurrency, perWebhookConcurrency: concurrency });
      return {
        publish: async (payload) => check(await hooks.publish({ event, payload })),
        fill: (payloads) => publishInChunks(hooks, event, payloads),
        drain: async () => check(await worker.runUntilIdle()),
        start: async () => check(await worker.start()),
        close: async () => check(await hooks.close()),
      };
    },
  };
}

export const hookledgerOnUndici = hookledger("SQLite", "undici");
export const hookledgerOnKy = hookledger("SQLite", "ky");
export const hookledgerOnPostgres = hookledger("PostgreSQL", "undici");
