import { storageContract } from "../contract/storage.contract.ts";
import { sqliteHarness } from "../support/sqlite-storage-harness.ts";

storageContract("sqlite, by path", { create: () => sqliteHarness("path") });
storageContract("sqlite, by the application's handle", { create: () => sqliteHarness("handle") });
