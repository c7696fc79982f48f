import { describe } from "vitest";
import { registerAtomicityCases } from "./storage/atomicity.ts";
import { registerCheckpointCases } from "./storage/checkpoints.ts";
import { registerClaimLawCases } from "./storage/claim-laws.ts";
import { registerClockCases } from "./storage/clock-set-back.ts";
import { registerClosingCases } from "./storage/closing.ts";
import { registerDeliveryQueueCases } from "./storage/delivery-queue.ts";
import { registerErasureCases } from "./storage/erasures.ts";
import { registerEndedPageCases } from "./storage/ended-pages.ts";
import { registerExpectedVersionCases } from "./storage/expected-versions.ts";
import { registerFailingSinceCases } from "./storage/failing-since.ts";
import { registerFenceCases } from "./storage/fences.ts";
import type { StorageContractOptions } from "./storage/harness.ts";
import { registerLateOutcomeCases } from "./storage/late-outcomes.ts";
import { registerLedgerReaderCases } from "./storage/ledger-reader.ts";
import { registerMessageCases } from "./storage/messages.ts";
import { registerMisplacedEventCases } from "./storage/misplaced.ts";
import { registerNextDueCases } from "./storage/next-due.ts";
import { harnesses } from "./storage/opening.ts";
import { registerOpenedAtOnceCases } from "./storage/opened-at-once.ts";
import { registerPauseCases } from "./storage/pauses.ts";
import { registerPendingPageCases } from "./storage/pending-pages.ts";
import { registerProjectionCases } from "./storage/projections.ts";
import { registerPrunedMeanwhileCases } from "./storage/pruned-meanwhile.ts";
import { registerReadModelCases } from "./storage/read-models.ts";
import { registerRenewalCases } from "./storage/renewals.ts";
import { registerResponseCases } from "./storage/responses.ts";
import { registerRevisionCases } from "./storage/revision.ts";
import { registerRetentionCases } from "./storage/retention.ts";
import { registerSecretCases } from "./storage/secrets.ts";
import { registerSettledPositionCases } from "./storage/settled-position.ts";
import { registerSpoiledDataCases } from "./storage/spoiled.ts";
import { registerTransferCases } from "./storage/transfer.ts";
import { registerTurnCases } from "./storage/turns.ts";
import { registerWebhooksRevisionCases } from "./storage/webhooks-revision.ts";

export type { Damage, StorageContractOptions, StorageHarness, Tampering, Tamperings } from "./storage/harness.ts";

/** What every `StorageAdapter` promises, port by port. */
export function storageContract(name: string, options: StorageContractOptions): void {
  const made = harnesses(options);
  describe(`storage contract: ${name}`, async () => {
    describe("opening", () => registerOpenedAtOnceCases(made));
    describe("expected versions", () => registerExpectedVersionCases(made));
    describe("one append is all or nothing", () => registerAtomicityCases(made));
    describe("reading the ledger", () => registerLedgerReaderCases(made));
    describe("webhooks and deliveries", () => registerReadModelCases(made));
    describe("projections", () => registerProjectionCases(made));
    describe("an event that does not belong in its stream", () => registerMisplacedEventCases(made));
    describe("claims and leases", () => registerDeliveryQueueCases(made));
    describe("the laws of claims", () => registerClaimLawCases(made));
    describe("a clock that is set back", () => registerClockCases(made));
    describe("turns", () => registerTurnCases(made));
    describe("a pause of a webhook", () => registerPauseCases(made));
    describe("renewing and releasing leases", () => registerRenewalCases(made));
    describe("fences", () => registerFenceCases(made));
    describe("since when a webhook fails", () => registerFailingSinceCases(made));
    describe("the webhooks' revision", () => registerRevisionCases(made));
    describe("pages of pending deliveries", () => registerPendingPageCases(made));
    describe("pages of what has ended", () => registerEndedPageCases(made));
    describe("when something is due next", () => registerNextDueCases(made));
    describe("an outcome that comes too late", () => registerLateOutcomeCases(made));
    describe("what was decided on webhooks", () => registerWebhooksRevisionCases(made));
    describe("messages and idempotency keys", () => registerMessageCases(made));
    describe("erasing", () => registerErasureCases(made));
    describe("pruning", () => registerRetentionCases(made));
    describe("what is pruned meanwhile", () => registerPrunedMeanwhileCases(made));
    describe("responses", () => registerResponseCases(made));
    describe("secrets", () => registerSecretCases(made));
    describe("checkpoints", () => registerCheckpointCases(made));
    describe("carrying a ledger over", () => registerTransferCases(made));
    describe("closing", () => registerClosingCases(made));
    // Which hands on the data a harness lends shows only when there is one.
    const lent = await options.create();
    await lent.dispose();
    registerSpoiledDataCases(lent, made);
    describe("the settled position", () => registerSettledPositionCases(lent, made));
  });
}
