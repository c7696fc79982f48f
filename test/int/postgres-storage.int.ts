import { inject } from "vitest";
import { storageContract } from "../../src/testing/contracts/storage-contract.ts";
import { postgresHarness } from "../support/postgres/harness.ts";

storageContract("postgres, by a connection string", {
  create: (openers) => postgresHarness("connectionString", { openers }),
});
storageContract("postgres, by the application's pool", { create: (openers) => postgresHarness("pool", { openers }) });

for (const { version, url: connectionString } of inject("otherPostgres")) {
  storageContract(`postgres ${version}`, {
    create: (openers) => postgresHarness("connectionString", { connectionString, openers }),
  });
}
