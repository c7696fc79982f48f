import { execFileSync } from "node:child_process";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import { openHookledger } from "../../src/index.ts";
import { scriptedHttpClient } from "../../src/testing/scripted-http-client.ts";
import { event, urlOf } from "./deliver-to.ts";
import { wrapStorage } from "./wrap-storage.ts";

// A process that may write into no file from the receiver's answer on until an append has failed, as over a quota. It
// prints how often the append failed and how often the message was sent. Usage: over-quota.ts <file>
const [path = ""] = process.argv.slice(2);

/** Sets how large this process's files may become. The kernel answers EFBIG to what is beyond. */
function limitFiles(bytes: "0" | "unlimited"): void {
  execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:`]);
}

let failed = 0;
const storage = wrapStorage(sqliteStorage({ path }), ({ writer }) => ({
  writer: {
    append: (commit) =>
      writer.append(commit).orTee(() => {
        failed += 1;
        limitFiles("unlimited");
      }),
  },
}));
const http = scriptedHttpClient(() => {
  limitFiles("0");
  return 204;
});
const network = { allow: ["127.0.0.1"] };
const hooks = (await openHookledger({ storage, http, network }))._unsafeUnwrap();
(await hooks.webhooks.register({ webhookId: "a", url: urlOf("a"), events: [event] }))._unsafeUnwrap();
const { deliveries } = (await hooks.publish({ event, payload: {} }))._unsafeUnwrap();
const idle = await hooks.worker().runUntilIdle();
if (idle.isErr()) throw new Error(idle.error.message);
const delivery = (await hooks.deliveries.get(deliveries[0]?.deliveryId ?? ""))._unsafeUnwrap();
(await hooks.close())._unsafeUnwrap();
console.log(`${delivery?.state ?? "gone"}, refused ${failed}, sent ${http.requests.length}`);
