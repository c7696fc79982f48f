import { err, ok, ResultAsync, type Result } from "neverthrow";
import type { NamesOf } from "../../domain/known-names.ts";
import { webhookNotFound, type WebhookNotFound } from "../../domain/webhook/index.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Attempt } from "../deliveries/attempts.ts";
import { judgeExchange } from "../deliveries/judge-exchange.ts";
import { sendSigned } from "../deliveries/send-request.ts";
import type { Dependencies } from "../dependencies.ts";
import { prepareMessage, type MessageError, type NewMessage } from "../messages/prepare-message.ts";
import { requireView } from "./find-webhooks.ts";
import type { Recipient } from "./recipients.ts";

export type UncheckedTest = Pick<NewMessage, "event" | "payload">;

export const testNames: NamesOf<UncheckedTest> = { event: true, payload: true };

/** One request that belongs to no delivery, and its outcome. */
export interface TestResult extends Pick<Attempt, "outcome" | "durationMs" | "statusCode" | "failure" | "response"> {
  /** What the request had as its `webhook-id`. No stored message has this id. */
  readonly messageId: string;
}

export type SendTestError = MessageError | StorageError | WebhookNotFound;

/**
 * Sends one request to a webhook, with the signatures and headers that an attempt has, and answers with what came of
 * it. Nothing is stored, so nothing follows from it: the webhook is neither paused nor deactivated, and its health
 * stays as it was. It may therefore be inactive or paused.
 */
export function sendTest(
  deps: Dependencies,
  webhookId: string,
  test: UncheckedTest,
): ResultAsync<TestResult, SendTestError> {
  return new ResultAsync(sendOnce(deps, webhookId, test));
}

async function sendOnce(
  deps: Dependencies,
  webhookId: string,
  { event, payload }: UncheckedTest,
): Promise<Result<TestResult, SendTestError>> {
  const prepared = await prepareMessage(deps, { event, payload });
  if (prepared.isErr()) return err(prepared.error);
  const found = await findRecipient(deps, webhookId);
  if (found.isErr()) return err(found.error);
  const { view, sign, conceal } = found.value;
  const { messageId, body: text } = prepared.value.message;
  const body = new TextEncoder().encode(text);
  const startedAt = deps.clock.now();
  const answer = await sendSigned(deps, () => sign({ messageId, body, now: startedAt }), { webhookId });
  const now = deps.clock.now();
  const { retryConfig } = view;
  const verdict = judgeExchange(answer, { attempt: 1, retryConfig, startedAt, now, random: 0, conceal });
  if (verdict === null) return err(storageError("closed", "hookledger was closed before the test was answered"));
  const { command, excerpt } = verdict;
  const failure = command.type === "RecordFailure" ? command.data.failure : null;
  return ok({
    messageId,
    outcome: failure === null ? "delivered" : "failed",
    durationMs: command.data.durationMs,
    statusCode: answer.isOk() ? answer.value.statusCode : null,
    failure,
    response: excerpt,
  });
}

/** The directory knows no tenants, so the row is looked for first, where other tenants' are not seen. */
async function findRecipient(
  deps: Pick<Dependencies, "storage" | "directory">,
  webhookId: string,
): Promise<Result<Recipient, StorageError | WebhookNotFound>> {
  const there = await requireView(deps, webhookId);
  if (there.isErr()) return err(there.error);
  const recipients = await deps.directory.recipients([webhookId], null);
  return recipients.andThen((byId) => {
    const recipient = byId.get(webhookId);
    return recipient === undefined ? err(webhookNotFound(webhookId)) : ok(recipient);
  });
}
