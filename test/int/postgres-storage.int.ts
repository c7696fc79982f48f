import { inject } from "vitest";
import { storageContract } from "../contract/storage.contract.ts";
import { postgresHarness } from "../support/postgres/harness.ts";

storageContract("postgres, by a connection string", { create: () => postgresHarness("connectionString") });
storageContract("postgres, by the application's pool", { create: () => postgresHarness("pool") });

for (const { version, url } of inject("otherPostgres")) {
  storageContract(`postgres ${version}`, { create: () => postgresHarness("connectionString", url) });
}
