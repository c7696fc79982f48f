import { err, ok, type Result } from "neverthrow";
import { networkNames, type NetworkOptions } from "./adapters/network/network-policy.ts";
import { checkMethods, checkObject } from "./application/check-arguments.ts";
import { limitNames, type Limits } from "./application/dependencies.ts";
import { requestNames, type RequestSettings } from "./application/deliveries/request-settings.ts";
import { invalidInput, type InvalidInput } from "./domain/invalid-input.ts";
import { unknownName, type Given, type NamesOf } from "./domain/known-names.ts";
import { isObject } from "./domain/guards.ts";
import type { EventCatalogue, memoryEvents } from "./domain/message/index.ts";
import type { JoinedAs } from "./joined-as.ts";
import type { Clock } from "./ports/clock.ts";
import type { HttpClientAdapter } from "./ports/http-client.ts";
import type { Ids } from "./ports/ids.ts";
import type { Logger } from "./ports/logger.ts";
import type { JoinedTransaction } from "./ports/open-transaction.ts";
import type { Random } from "./ports/random.ts";
import type { SecretCipher } from "./ports/secret-cipher.ts";
import type { Signer } from "./ports/signer.ts";
import type { StorageAdapter } from "./ports/storage.ts";
import { webhookDefaultNames, type GivenWebhookDefaults } from "./webhook-defaults.ts";

export interface HookledgerOptions<
  Catalogue extends EventCatalogue = typeof memoryEvents,
  Transaction = never,
  Joined extends JoinedTransaction = JoinedAs<Transaction>,
> {
  /** Where the ledger is: `sqliteStorage({ path })`, `postgresStorage({ pool })`, `memoryStorage()`. */
  readonly storage: StorageAdapter<Transaction, Joined>;
  /** What sends the requests; `kyHttpClient()` by default. */
  readonly http?: HttpClientAdapter | undefined;
  /** The application's event types, made by `defineEvents`; the six memory events by default. */
  readonly events?: Catalogue | undefined;
  /** What webhooks may reach besides the public internet. */
  readonly network?: NetworkOptions | undefined;
  /** How requests look, and how long one may take. */
  readonly request?: Given<RequestSettings> | undefined;
  /** What a webhook gets if its registration leaves it out, such as one `retryConfig` for all. */
  readonly webhookDefaults?: GivenWebhookDefaults | undefined;
  /** How large a payload may be. */
  readonly limits?: Given<Limits> | undefined;
  /** The system's by default; for tests, `createFakeClock()`. */
  readonly clock?: Clock | undefined;
  /** What makes ids; UUIDv7s by default. */
  readonly ids?: Ids | undefined;
  /** Where jitter and secrets come from. Replace it in tests only: whoever can guess the secrets can sign. */
  readonly random?: Random | undefined;
  /** Silent by default. */
  readonly logger?: Logger | undefined;
  /** What signs with the webhooks' keys; by default this process does. */
  readonly signer?: Signer | undefined;
  /**
   * Encrypts secrets, private keys and the values of custom headers in the database. Without it they are stored as
   * plain text.
   */
  readonly cipher?: SecretCipher | undefined;
}

/** The methods that each option must have if it is a port. */
const ports = {
  storage: ["open"],
  http: ["open"],
  clock: ["now", "sleep"],
  ids: ["next"],
  random: ["fraction", "bytes"],
  logger: ["info", "warn", "error"],
  signer: ["keyFor", "publicKeyOf"],
  cipher: ["encrypt", "decrypt"],
} as const satisfies { readonly [Name in keyof HookledgerOptions<EventCatalogue>]: readonly string[] };

/** The names allowed in each option that is an object of settings; those in `events` are the application's own. */
const groups = {
  network: networkNames,
  request: requestNames,
  limits: limitNames,
  webhookDefaults: webhookDefaultNames,
  events: null,
} satisfies Partial<Record<keyof HookledgerOptions<EventCatalogue>, object | null>>;

const optionNames: NamesOf<HookledgerOptions<EventCatalogue>> = { ...ports, ...groups };

/**
 * Checks the options, since JavaScript may pass anything. The values of the groups' settings and the events are checked
 * where they are read.
 */
export function checkOptions(options: object): Result<unknown, InvalidInput> {
  return checkObject("options", options, optionNames).andThen(() => {
    const given = new Map<string, unknown>(Object.entries(options));
    for (const [name, members] of Object.entries(ports)) {
      const port = given.get(name);
      if (port === undefined && name !== "storage") continue;
      const checked = checkMethods(name, port, members);
      if (checked.isErr()) return err(checked.error);
    }
    for (const [name, names] of Object.entries(groups)) {
      const group = given.get(name);
      if (group === undefined) continue;
      if (!isObject(group)) return err(invalidInput(name, "must be an object", group));
      const unknown = names === null ? null : unknownName(group, names, `${name}.`);
      if (unknown !== null) return err(unknown);
    }
    return ok();
  });
}
