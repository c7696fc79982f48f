import { err, ok, ResultAsync, type Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import { idempotencySlot } from "../../ports/message-store.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { checkObject } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import { MOST_TRIES } from "../refused-append.ts";
import { earlierPublication, repeated } from "./earlier-publication.ts";
import { needsRefresh, planOnRemembered, type RememberedPlan } from "./plan-publication.ts";
import {
  messageNames,
  prepareMessage,
  type MessageError,
  type NewMessage,
  type OutgoingMessage,
} from "./prepare-message.ts";
import type { Publication } from "./publication.ts";
import { commitPlans, webhooksChangeOn, type PublishError } from "./publish.ts";

/** What is wrong, and with which message: `index` is its place, or null if no single message is to blame. */
export type PublishManyError = PublishError & { readonly index: number | null };

/** One commit holds up the process for as long as it takes: with one webhook, some 20 ms for this many messages. */
const MOST_MESSAGES = 1000;

/**
 * Publishes up to {@link MOST_MESSAGES} messages in one transaction: all of them, or none. The answers come in the
 * order of the messages. If a message's idempotency key was used, before or earlier in the list, its answer is that
 * publication.
 */
export function publishMany(
  deps: Dependencies,
  inputs: readonly NewMessage[],
): ResultAsync<readonly Publication[], PublishManyError> {
  const checked = checkList(inputs);
  return new ResultAsync(checked.isErr() ? Promise.resolve(err({ ...checked.error, index: null })) : all(deps, inputs));
}

async function all(
  deps: Dependencies,
  inputs: readonly NewMessage[],
): Promise<Result<readonly Publication[], PublishManyError>> {
  const messages = await Promise.all(Array.from(inputs, (input) => prepareOne(deps, input)));
  for (let triesLeft = MOST_TRIES; triesLeft > 0; triesLeft -= 1) {
    const planned = await planAll(deps, messages);
    if (planned.isErr()) return err(planned.error);
    const { plans, publications } = planned.value;
    const [first, ...others] = plans;
    if (first === undefined) return ok(publications);
    const committed = await commitPlans(deps, [first, ...others]);
    if (committed.isOk()) return ok(publications);
    if (committed.error.type === "StorageError") return err({ ...committed.error, index: null });
    const refreshed = await deps.directory.refresh();
    if (refreshed.isErr()) return err({ ...refreshed.error, index: null });
  }
  return err({ ...webhooksChangeOn(), index: null });
}

type Prepared = Result<OutgoingMessage, MessageError | StorageError>;

async function prepareOne(deps: Dependencies, input: NewMessage): Promise<Prepared> {
  const given = checkObject("message", input, messageNames);
  return given.isErr() ? err(given.error) : prepareMessage(deps, input);
}

interface Planned {
  readonly plans: readonly RememberedPlan[];
  readonly publications: readonly Publication[];
}

async function planAll(deps: Dependencies, messages: readonly Prepared[]): Promise<Result<Planned, PublishManyError>> {
  const plans: RememberedPlan[] = [];
  const byKey = new Map<string, RememberedPlan>();
  const publications: Publication[] = [];
  // One refresh serves all messages, since all of them were given before it.
  const isNamed = messages.some((message) => message.isOk() && needsRefresh(message.value));
  const asNow = isNamed ? await deps.directory.refresh() : ok();
  if (asNow.isErr()) return err({ ...asNow.error, index: null });
  for (const [index, message] of messages.entries()) {
    const planned = message.isErr() ? err(message.error) : await planOne(deps, message.value, byKey);
    // The storage fails whatever the message is.
    if (planned.isErr()) return err({ ...planned.error, index: planned.error.type === "StorageError" ? null : index });
    if ("streams" in planned.value) {
      plans.push(planned.value);
      publications.push(planned.value.publication);
    } else publications.push(planned.value);
  }
  return ok({ plans, publications });
}

async function planOne(
  deps: Dependencies,
  outgoing: OutgoingMessage,
  byKey: Map<string, RememberedPlan>,
): Promise<Result<RememberedPlan | Publication, PublishError>> {
  const { tenantId, idempotencyKey } = outgoing.message;
  const slot = idempotencyKey === null ? null : idempotencySlot(tenantId, idempotencyKey);
  const inList = slot === null ? undefined : byKey.get(slot);
  if (inList !== undefined && idempotencyKey !== null) {
    return repeated(outgoing, idempotencyKey, inList.message, inList.publication);
  }
  const earlier = await earlierPublication(deps.storage.messages, deps.storage.reader, outgoing);
  if (earlier.isErr()) return err(earlier.error);
  if (earlier.value !== null) return ok(earlier.value);
  const planned = await planOnRemembered(deps, outgoing);
  if (planned.isOk() && slot !== null) byKey.set(slot, planned.value);
  return planned;
}

function checkList(inputs: unknown): Result<void, InvalidInput> {
  return Array.isArray(inputs) && inputs.length <= MOST_MESSAGES
    ? ok()
    : err(invalidInput("messages", `must be an array of at most ${MOST_MESSAGES} messages`, inputs));
}
