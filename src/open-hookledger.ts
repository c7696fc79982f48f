import { err, ok, okAsync, Result, ResultAsync, safeTry } from "neverthrow";
import { createNetworkPolicy } from "./adapters/network/network-policy.ts";
import { parseProxy } from "./adapters/network/proxy.ts";
import { inProcessSigner, silentLogger, systemClock, systemRandom, uuidV7Ids } from "./adapters/system/index.ts";
import { createWakeUps } from "./application/wake-ups.ts";
import { guardClock } from "./application/guard-clock.ts";
import { guardHttpClient } from "./application/guard-http-client.ts";
import { guardLogger } from "./application/guard-logger.ts";
import { guardRandom } from "./application/guard-random.ts";
import { encryptSecrets } from "./application/secrets/encrypt-secrets.ts";
import { guardCipher } from "./application/secrets/guard-cipher.ts";
import { createWebhookDirectory } from "./application/webhooks/webhook-directory.ts";
import { invalidInput, type InvalidInput } from "./domain/invalid-input.ts";
import { checkCatalogue, memoryEvents, type EventCatalogue } from "./domain/message/index.ts";
import { createFrontDoor } from "./front-door.ts";
import type { Hookledger } from "./hookledger.ts";
import type { JoinedAs } from "./joined-as.ts";
import { checkOptions, type HookledgerOptions } from "./options.ts";
import { parseLimits, parseRequestSettings } from "./parse-settings.ts";
import type { HttpClient, HttpClientAdapter, HttpContext } from "./ports/http-client.ts";
import type { JoinedTransaction } from "./ports/open-transaction.ts";
import type { StorageError } from "./ports/storage-error.ts";
import { parseWebhookDefaults } from "./webhook-defaults.ts";

export type OpenError = InvalidInput | StorageError;

/**
 * Opens a ledger of webhooks: checks the options, opens the storage and brings its schema up to date.
 *
 * `InvalidInput` names the option that breaks its rule or does not exist; `StorageError` says why the storage could not
 * be opened.
 */
export function openHookledger<
  Catalogue extends EventCatalogue = typeof memoryEvents,
  Transaction = never,
  Joined extends JoinedTransaction = JoinedAs<Transaction>,
>(
  options: HookledgerOptions<Catalogue, Transaction, Joined>,
): ResultAsync<Hookledger<Catalogue, Transaction, Joined>, OpenError> {
  return safeTry(async function* () {
    yield* checkOptions(options);
    const catalogue = yield* checkCatalogue(options.events ?? memoryEvents);
    const network = yield* createNetworkPolicy(options.network);
    const proxy = yield* parseProxy(options.network?.proxy);
    const request = yield* parseRequestSettings(options.request);
    const limits = yield* parseLimits(options.limits);
    const webhookDefaults = yield* parseWebhookDefaults(options.webhookDefaults);
    const adapter = yield* httpAdapter(options.http);
    const logger = options.logger === undefined ? silentLogger : guardLogger(options.logger);
    const clock = options.clock === undefined ? systemClock : guardClock(options.clock, systemClock, logger);
    const cipher = options.cipher === undefined ? null : guardCipher(options.cipher, { clock, request });
    const opened = yield* options.storage.open();
    const http = openClient(adapter, { network, proxy });
    // Whether or not the storage closes, the caller has to fix the client, so that is the error to report.
    if (http.isErr()) {
      (await opened.close()).unwrapOr(undefined);
      return err(http.error);
    }
    const storage = encryptSecrets(opened, cipher);
    const signer = options.signer ?? inProcessSigner;
    const deps = {
      storage,
      network,
      catalogue,
      request,
      limits,
      webhookDefaults,
      clock,
      signer,
      cipher,
      logger,
      http: guardHttpClient(http.value, { clock: systemClock, logger, request }),
      ids: options.ids ?? uuidV7Ids,
      random: options.random === undefined ? systemRandom : guardRandom(options.random, logger),
      wakeUps: createWakeUps(),
      appended: createWakeUps(),
      directory: createWebhookDirectory({ storage, clock, request, signer }),
    };
    opened.listen?.(deps.wakeUps.notify);
    return ok(createFrontDoor<Catalogue, Transaction, Joined>(deps, (transaction) => opened.join(transaction)));
  });
}

function openClient(adapter: HttpClientAdapter, context: HttpContext): Result<HttpClient, InvalidInput> {
  return Result.fromThrowable(
    () => adapter.open(context),
    (bug) => invalidInput("http", "must open a client, but its open() threw", bug),
  )();
}

/** The default client is loaded only if no other is given. */
function httpAdapter(given: HttpClientAdapter | undefined): ResultAsync<HttpClientAdapter, never> {
  if (given !== undefined) return okAsync(given);
  return ResultAsync.fromSafePromise(import("./adapters/ky/index.ts")).map(({ kyHttpClient }) => kyHttpClient());
}
