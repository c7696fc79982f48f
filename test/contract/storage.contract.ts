import { describe } from "vitest";
import { registerAtomicityCases } from "./storage/atomicity.ts";
import { registerClosingCases } from "./storage/closing.ts";
import { registerDeliveryQueueCases } from "./storage/delivery-queue.ts";
import { registerExpectedVersionCases } from "./storage/expected-versions.ts";
import type { StorageContractOptions } from "./storage/harness.ts";
import { registerLateOutcomeCases } from "./storage/late-outcomes.ts";
import { registerLedgerReaderCases } from "./storage/ledger-reader.ts";
import { registerMessageCases } from "./storage/messages.ts";
import { registerNextDueCases } from "./storage/next-due.ts";
import { harnesses } from "./storage/opening.ts";
import { registerProjectionCases } from "./storage/projections.ts";
import { registerReadModelCases } from "./storage/read-models.ts";
import { registerResponseCases } from "./storage/responses.ts";
import { registerSecretCases } from "./storage/secrets.ts";
import { registerSpoiledDataCases } from "./storage/spoiled.ts";
import { registerWebhooksRevisionCases } from "./storage/webhooks-revision.ts";

export type { Damage, StorageContractOptions, StorageHarness, Tampering } from "./storage/harness.ts";

/** What every `StorageAdapter` promises, port by port. */
export function storageContract(name: string, options: StorageContractOptions): void {
  const made = harnesses(options);
  describe(`storage contract: ${name}`, async () => {
    describe("expected versions", () => registerExpectedVersionCases(made));
    describe("one append is all or nothing", () => registerAtomicityCases(made));
    describe("reading the ledger", () => registerLedgerReaderCases(made));
    describe("webhooks and deliveries", () => registerReadModelCases(made));
    describe("projections", () => registerProjectionCases(made));
    describe("claims and leases", () => registerDeliveryQueueCases(made));
    describe("when something is due next", () => registerNextDueCases(made));
    describe("an outcome that comes too late", () => registerLateOutcomeCases(made));
    describe("what was decided on webhooks", () => registerWebhooksRevisionCases(made));
    describe("messages and idempotency keys", () => registerMessageCases(made));
    describe("responses", () => registerResponseCases(made));
    describe("secrets", () => registerSecretCases(made));
    describe("closing", () => registerClosingCases(made));
    await registerSpoiledDataCases(options, made);
  });
}
