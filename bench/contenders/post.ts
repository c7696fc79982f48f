import { Agent, request } from "undici";

/** How a contender that has no HTTP client sends. It fails unless the answer is 2xx. */
export interface Poster {
  post(url: string, body: string): Promise<void>;
  close(): Promise<void>;
}

const headers = { "content-type": "application/json", "user-agent": "bench/1" };
const TIMEOUT_MS = 10_000;

export function undiciPoster(): Poster {
  const dispatcher = new Agent();
  const options = { method: "POST", dispatcher, headers, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS } as const;
  return {
    async post(url, body) {
      const response = await request(url, { ...options, body });
      await response.body.dump();
      check(response.statusCode);
    },
    close: () => dispatcher.close(),
  };
}

/** Has no timeout: a signal for one would make it slower still. */
export function fetchPoster(): Poster {
  return {
    async post(url, body) {
      const response = await fetch(url, { method: "POST", headers, body });
      await response.arrayBuffer();
      check(response.status);
    },
    close: () => Promise.resolve(),
  };
}

function check(status: number): void {
  if (status < 200 || status > 299) throw new Error(`the receiver answered ${status}`);
}
