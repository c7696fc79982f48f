import { onTestFinished } from "vitest";
import { createNetworkPolicy } from "../../../adapters/network/network-policy.ts";
import type { HttpClient, HttpClientAdapter, HttpRequest } from "../../../ports/http-client.ts";
import type { NetworkPolicy } from "../../../ports/network-policy.ts";

/** Opens the client under test, which is closed when the test is over. */
export type OpenClient = (network?: NetworkPolicy, proxy?: string) => HttpClient;

export function clientOpener(create: () => HttpClientAdapter): OpenClient {
  return (network = policy("127.0.0.0/8", "localhost", "nothing.invalid"), proxy) => {
    const client = create().open({ network, proxy: proxy ?? null });
    onTestFinished(() => client.close());
    return client;
  };
}

export function policy(...allow: readonly string[]): NetworkPolicy {
  return createNetworkPolicy({ allow }).match(
    (made) => made,
    ({ message }) => {
      throw new Error(message);
    },
  );
}

/** Long enough for any answer on loopback: a test that waits for it fails by its own limit instead. */
const AMPLE_SECONDS = 50;

export function requestTo(url: string, other: Partial<HttpRequest> = {}): HttpRequest {
  return { url, headers: {}, body: Buffer.from('{"a":1}'), timeoutSeconds: AMPLE_SECONDS, ...other };
}
