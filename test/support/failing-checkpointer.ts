import { createCheckpointer } from "../../src/adapters/sqlite/checkpointer.ts";

// A process whose checkpointer is closed as its thread has failed, before that has ended. Nothing else keeps the
// process alive. It prints "closed" at the end. Usage: failing-checkpointer.ts
const checkpointer = createCheckpointer({ path: "/not-there/hooks.db", isInPlace: () => true });
const failed = new Promise<void>((resolve) => {
  process.once("worker", (worker) => {
    const alive = setInterval(() => undefined, 1000);
    worker.once("error", () => {
      clearInterval(alive);
      resolve();
    });
  });
});
for (let n = 0; n < 100; n += 1) checkpointer.committed();
await failed;
await checkpointer.close();
console.log("closed");
