import type { TestProject } from "vitest/node";
import { findBinaries, launchPostgres } from "./launch.ts";

declare module "vitest" {
  interface ProvidedContext {
    readonly postgresUrl: string;
  }
}

/** One server for all test files, each of which makes schemas of its own in it; or the one that is given. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env["HOOKLEDGER_TEST_DATABASE_URL"];
  if (given !== undefined) {
    project.provide("postgresUrl", given);
    return async () => undefined;
  }
  const [binaries] = await findBinaries();
  if (binaries === undefined) throw new Error("no PostgreSQL runs here; name one by HOOKLEDGER_TEST_DATABASE_URL");
  const server = await launchPostgres(binaries);
  project.provide("postgresUrl", server.url);
  return () => server.stop();
}
