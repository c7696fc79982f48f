import type { TestProject } from "vitest/node";
import { findVersions, launchPostgres } from "./launch.ts";

declare module "vitest" {
  interface ProvidedContext {
    readonly postgresUrl: string;
    /** Servers of the other major versions that are on this machine. */
    readonly otherPostgres: readonly { readonly version: string; readonly url: string }[];
  }
}

/**
 * Starts one server for all test files, each of which makes its own schemas there, and one server of each other version
 * for the storage contract. If a server is given, uses only that one.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env["HOOKLEDGER_TEST_DATABASE_URL"];
  if (given !== undefined) {
    project.provide("postgresUrl", given);
    project.provide("otherPostgres", []);
    return async () => undefined;
  }
  const versions = await findVersions();
  const [server, ...others] = await Promise.all([...versions.values()].map((binaries) => launchPostgres(binaries)));
  if (server === undefined) throw new Error("no PostgreSQL runs here; name one by HOOKLEDGER_TEST_DATABASE_URL");
  project.provide("postgresUrl", server.url);
  project.provide(
    "otherPostgres",
    others.map(({ version, url }) => ({ version, url })),
  );
  return async () => {
    for (const each of [server, ...others]) await each.stop();
  };
}
