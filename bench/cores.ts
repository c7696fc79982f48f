import { fork, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

// On Linux the measured process has one core and the receiver another, so that neither is moved about or takes the
// other's time. Servers, and worker processes that are measured side by side, run wherever the kernel puts them.

type Role = "measured" | "receiver" | "any";

/** A process hands its pinning on to those that it starts, so the first one tells them here which cores there are. */
const ALL = "HOOKLEDGER_BENCH_CORES";

function coresOfThisProcess(): readonly number[] {
  const { stdout, status } = spawnSync("taskset", ["-pc", String(process.pid)], { encoding: "utf8" });
  if (status !== 0) return [];
  const ranges = (/: ([\d,-]+)\s*$/.exec(stdout)?.[1] ?? "").split(",").filter((range) => range !== "");
  return ranges.flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
  });
}

const all = (process.env[ALL] ??= coresOfThisProcess().join(","));
const [measured, receiver] = all.split(",");
export const pinned = measured !== undefined && receiver !== undefined;
const coresOf: Readonly<Record<Role, string>> = { measured: measured ?? all, receiver: receiver ?? all, any: all };

/** Starts a TypeScript module in its own process, on the cores of its role. */
export function startProcess(module: string, role: Role, args: readonly string[] = []): ChildProcess {
  const path = fileURLToPath(new URL(module, import.meta.url));
  const node = ["--expose-gc", "--import", import.meta.resolve("tsx")];
  if (!pinned) return fork(path, args, { execArgv: node });
  return fork(path, args, { execPath: "taskset", execArgv: ["-c", coresOf[role], process.execPath, ...node] });
}

/** The first message of a process. Rejects if the process ends without one. */
export async function firstMessage(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController();
  child.once("exit", (code, signal) => ended.abort(new Error(`a process ended with ${code ?? signal ?? "nothing"}`)));
  child.once("error", (error) => ended.abort(error));
  const messages: readonly unknown[] = await once(child, "message", { signal: ended.signal });
  return messages[0];
}
