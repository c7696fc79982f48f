import type { Result } from "neverthrow";

/** Where a URL leads, before its name is resolved. */
export interface Endpoint {
  /** As `new URL(url).hostname` spells it. */
  readonly hostname: string;
  /** The URL's own port, or its scheme's: 80 or 443. */
  readonly port: number;
}

/** Decides where a request may go: the guard against webhooks that point into the sender's own network. */
export interface NetworkPolicy {
  /** Whether a URL must be `https:`. */
  readonly httpsOnly: boolean;

  /**
   * Judges the host of a URL without asking the DNS: literal addresses in every spelling, and `localhost` with its
   * subdomains. Any other name passes; the addresses it resolves to are judged when the connection is opened.
   */
  judgeHost(endpoint: Endpoint): Result<void, ForbiddenAddress>;

  /**
   * Judges one address that the endpoint's name resolved to. Call it for every address of every new connection, because
   * the DNS may answer differently from one look-up to the next.
   */
  judgeAddress(address: string, endpoint: Endpoint): Result<void, ForbiddenAddress>;
}

export interface ForbiddenAddress {
  readonly type: "ForbiddenAddress";
  readonly host: string;
  /** The address that was refused; `null` if the name alone was enough. */
  readonly address: string | null;
  /** The special range that contains the address, such as `loopback`, `private` or `linkLocal`. */
  readonly range: string;
  readonly message: string;
}

export function endpointOf({ hostname, port, protocol }: Pick<URL, "hostname" | "port" | "protocol">): Endpoint {
  if (port !== "") return { hostname, port: Number(port) };
  return { hostname, port: protocol === "https:" ? 443 : 80 };
}

export const HTTPS_RULE = "must begin with https://, because network.httpsOnly is true";

/** Whether the policy permits the URL's scheme. If not, the URL breaks {@link HTTPS_RULE}. */
export function permitsScheme({ httpsOnly }: NetworkPolicy, { protocol }: Pick<URL, "protocol">): boolean {
  return !httpsOnly || protocol === "https:";
}
