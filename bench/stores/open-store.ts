import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPostgres, startPostgres } from "./postgres.ts";
import { findRedis, startRedis } from "./redis.ts";
import type { Server } from "./server.ts";

export type StoreKind = "none" | "folder" | "postgres" | "redis, appendfsync always" | "redis, appendfsync everysec";

/** A fresh folder and, if the contender needs one, a fresh server that keeps its data there. */
export interface Store {
  readonly folder: string;
  readonly server: string;
  remove(): Promise<void>;
}

export interface Stores {
  /** Why this machine has no store of that kind, or null if it has. */
  missing(kind: StoreKind): string | null;
  open(kind: StoreKind): Promise<Store>;
  readonly versions: readonly string[];
}

export async function findStores(): Promise<Stores> {
  const postgres = await findPostgres();
  const redis = findRedis();

  function start(kind: StoreKind, folder: string): Promise<Server> {
    switch (kind) {
      case "none":
      case "folder":
        return Promise.resolve({ url: "", stop: () => Promise.resolve() });
      case "postgres":
        if (postgres === null) throw new Error("PostgreSQL was not found");
        return startPostgres(postgres, folder);
      case "redis, appendfsync always":
        return startRedis(folder, "always");
      case "redis, appendfsync everysec":
        return startRedis(folder, "everysec");
    }
  }
  return {
    versions: [postgres?.version, redis].filter((version) => typeof version === "string"),
    missing(kind) {
      if (kind === "postgres" && postgres === null) return "PostgreSQL not found, left out";
      if (kind.startsWith("redis") && redis === null) return "redis-server not found, left out";
      return null;
    },
    async open(kind) {
      const folder = await mkdtemp(join(tmpdir(), "hookledger-bench-"));
      const server = await start(kind, folder);
      return {
        folder,
        server: server.url,
        async remove() {
          await server.stop();
          await rm(folder, { recursive: true, force: true });
        },
      };
    },
  };
}
