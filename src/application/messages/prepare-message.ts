import { err, ok, type Result } from "neverthrow";
import type { InvalidInput } from "../../domain/invalid-input.ts";
import {
  canonicalJson,
  checkEventType,
  checkPayloadSize,
  type NotJson,
  type PayloadTooLarge,
  type UnknownEventType,
} from "../../domain/message/index.ts";
import { checkId, checkTenantId } from "../../domain/webhook/index.ts";
import type { StoredMessage } from "../../ports/message-store.ts";
import { checkName } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import { fitPayload, type InvalidPayload } from "./fit-payload.ts";

export interface NewMessage {
  readonly event: string;
  readonly payload: unknown;
  /** Publishing again under the same key, within a tenant, gives the first answer and sends nothing. */
  readonly idempotencyKey?: string | undefined;
  readonly tenantId?: string | undefined;
  /** Whom or what the payload is about, such as a user's id: `messages.erase` finds it by that. 1 to 200 characters. */
  readonly subject?: string | undefined;
}

export type MessageError = InvalidInput | UnknownEventType | InvalidPayload | NotJson | PayloadTooLarge;

/** Checks a message and gives it the form in which it is stored and sent. */
export async function prepareMessage(
  deps: Pick<Dependencies, "catalogue" | "clock" | "ids" | "limits">,
  { event, payload, idempotencyKey, tenantId = "", subject }: NewMessage,
): Promise<Result<StoredMessage, MessageError>> {
  const checked = checkEventType(event, deps.catalogue)
    .andThen(() => checkTenantId(tenantId))
    .andThen(() => checkIdempotencyKey(idempotencyKey))
    .andThen((key) => checkSubject(subject).map((about) => ({ key, about })));
  if (checked.isErr()) return err(checked.error);
  const fitted = await fitPayload(deps, event, payload);
  if (fitted.isErr()) return err(fitted.error);
  const json = canonicalJson(fitted.value).andThen((text) => checkPayloadSize(text, deps.limits.payloadBytes));
  return json.map((body) => ({
    ...{ messageId: deps.ids.next(), tenantId, event, body },
    idempotencyKey: checked.value.key,
    createdAt: deps.clock.now(),
    subject: checked.value.about,
    erasedAt: null,
  }));
}

function checkIdempotencyKey(key: string | undefined): Result<string | null, InvalidInput> {
  return key === undefined ? ok(null) : checkId("idempotencyKey", key);
}

export function checkSubject(subject: unknown): Result<string | null, InvalidInput> {
  return subject === undefined ? ok(null) : checkName("subject", subject);
}
