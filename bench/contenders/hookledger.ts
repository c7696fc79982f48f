import { kyHttpClient } from "hookledger/ky";
import { undiciHttpClient } from "hookledger/undici";
import type { Contender } from "../contender.ts";
import { check, openOnDisk, publishInChunks } from "./hookledger-on-disk.ts";

const event = "memory.updated";
const clients = { undici: undiciHttpClient, ky: kyHttpClient };

function hookledger(client: keyof typeof clients): Contender {
  return {
    name: `hookledger, ${client}`,
    settings: "SQLite; all by default, but perWebhookConcurrency, which is as high as concurrency",
    store: "folder",
    async open({ folder, webhooks, concurrency }) {
      const hooks = await openOnDisk(folder, clients[client]());
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

export const hookledgerOnUndici = hookledger("undici");
export const hookledgerOnKy = hookledger("ky");
