import type { ResultAsync } from "neverthrow";
import { checkObject, checkText } from "./application/check-arguments.ts";
import type { Dependencies } from "./application/dependencies.ts";
import type { OpenCalls } from "./application/open-calls.ts";
import {
  sendTest,
  testNames,
  type SendTestError,
  type TestResult,
  type UncheckedTest,
} from "./application/webhooks/send-test.ts";
import type { EventCatalogue, EventTypeOf, PayloadOf } from "./domain/message/index.ts";

/** What to send as a test. The payload's type follows from the event type. */
export type TestMessage<Catalogue extends EventCatalogue> = {
  readonly [Name in EventTypeOf<Catalogue>]: { readonly event: Name; readonly payload: PayloadOf<Catalogue, Name> };
}[EventTypeOf<Catalogue>];

/** Tries webhooks out. */
export interface WebhookTests<Catalogue extends EventCatalogue> {
  /**
   * Sends one request to the webhook, whether or not it is active, paused or subscribed to the event type, and answers
   * with what came of it. The request is like an attempt's: the same signatures, headers, time limit and network
   * policy. But it is stored nowhere and never repeated, and it changes nothing about the webhook.
   *
   * `WebhookNotFound`; `UnknownEventType`, `InvalidPayload`, `NotJson` or `PayloadTooLarge` as by `publish`.
   * `StorageError` `closed` if hookledger was closed before the receiver had answered.
   */
  sendTest(webhookId: string, message: TestMessage<Catalogue>): ResultAsync<TestResult, SendTestError>;
}

export function webhookTestsOf<Catalogue extends EventCatalogue>(
  deps: Dependencies,
  { track }: OpenCalls,
): WebhookTests<Catalogue> {
  return {
    sendTest: (webhookId, message) =>
      checkText("webhookId", webhookId)
        .andThen(() => checkObject<UncheckedTest>("message", message, testNames))
        .asyncAndThen((given) => track(sendTest(deps, webhookId, given))),
  };
}
