import { storageContract } from "../../src/testing/contracts/storage-contract.ts";
import { sqliteHarness } from "../support/sqlite-storage-harness.ts";

storageContract("sqlite, by path", { create: (openers) => sqliteHarness("path", openers) });
storageContract("sqlite, by the application's handle", { create: (openers) => sqliteHarness("handle", openers) });
