import type { Result } from "neverthrow";

/** Where a request may go: the guard against webhooks that point into the sender's own network. */
export interface NetworkPolicy {
  /**
   * Judges the host of a URL, as `new URL(url).hostname` spells it, without asking the DNS:
   * literal addresses in every spelling, and `localhost` with its subdomains.
   * Any other name passes here; what it resolves to is judged when the connection is opened.
   */
  judgeHost(hostname: string): Result<void, ForbiddenAddress>;

  /**
   * Judges one address that `hostname` resolved to. To be called on every address of every new
   * connection, because the DNS may answer differently from one look-up to the next.
   */
  judgeAddress(address: string, hostname: string): Result<void, ForbiddenAddress>;
}

export interface ForbiddenAddress {
  readonly type: "ForbiddenAddress";
  readonly host: string;
  /** The address that was refused; `null` if the name alone was enough. */
  readonly address: string | null;
  /** The special range that the address is in, such as `loopback`, `private` or `linkLocal`. */
  readonly range: string;
  readonly message: string;
}
