import Database from "better-sqlite3";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { createCheckpointer } from "../../src/adapters/sqlite/checkpointer.ts";

// A process that nothing but its checkpointer's thread could keep alive. Once that runs, it prints "running". With
// "close", it closes the checkpointer and prints "closed"; otherwise it leaves it as it is.
// Usage: checkpointer-alone.ts <path> <close | leave>
const [path = "", how] = process.argv.slice(2);
new Database(path).close();
const checkpointer = createCheckpointer({ path, isInPlace: () => true });
const started = once(process, "worker");
for (let n = 0; n < 100; n += 1) checkpointer.committed();
const [thread]: unknown[] = await started;
const alive = setInterval(() => undefined, 1000);
if (thread instanceof Worker) await once(thread, "online");
clearInterval(alive);
console.log("running");
if (how === "close") {
  await checkpointer.close();
  console.log("closed");
}
