import { createServer, type IncomingHttpHeaders } from "node:http";
import { listen } from "../../src/testing/contracts/http-client/receivers.ts";

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The raw bytes. */
  readonly body: Buffer;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
}

/**
 * A receiver on loopback, which ends with the test.
 *
 * @param answer - gets the request and how many came before it; a promise delays the answer, null breaks the connection
 */
export async function startReceiver(
  answer: (request: Received, before: number) => Reply | null | Promise<Reply | null> = () => ({}),
): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one = { path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks) };
      received.push(one);
      void Promise.resolve(answer(one, received.length - 1)).then((reply) => {
        if (reply === null) response.destroy();
        else response.writeHead(reply.status ?? 204, { ...reply.headers }).end(reply.body);
      });
    });
  });
  const { port } = await listen(server);
  return { url: `http://127.0.0.1:${port}/hooks`, received };
}
