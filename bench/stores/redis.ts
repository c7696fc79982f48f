import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { freePort, untilItSays, type Server } from "./server.ts";

/** The version of the redis-server on the PATH, or null if there is none. */
export function findRedis(): string | null {
  const { status, stdout } = spawnSync("redis-server", ["--version"], { encoding: "utf8" });
  return status === 0 ? `Redis ${/v=([\d.]+)/.exec(stdout)?.[1] ?? "?"}` : null;
}

/** With `always`, what was answered is on disk, as with all others here. `everysec` may lose a second. */
export async function startRedis(folder: string, appendfsync: "always" | "everysec"): Promise<Server> {
  const port = await freePort();
  const options = { port, bind: "127.0.0.1", dir: folder, appendonly: "yes", appendfsync, save: "" };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn("redis-server", args, { stdio: ["ignore", "pipe", "ignore"] });
  await untilItSays(server, server.stdout, "Ready to accept connections");
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      const exited = once(server, "exit");
      server.kill("SIGKILL");
      await exited;
    },
  };
}
