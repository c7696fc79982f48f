import { openShared, workerSettings } from "./settings.ts";

// A process that delivers what is due, until it is killed. Usage: worker.ts <file or URL>
const [path = ""] = process.argv.slice(2);
const hooks = await openShared(path);
(await hooks.worker(workerSettings).start())._unsafeUnwrap();

// Its input ends with whoever started it, so that no orphan is left.
process.stdin.on("end", () => process.exit()).resume();
