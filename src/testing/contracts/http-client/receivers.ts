import { createServer } from "node:http";
import type { IncomingMessage, RequestListener } from "node:http";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface Arrived {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export interface Receiver {
  readonly url: string;
  readonly port: number;
  /** Returns how many connections were accepted so far. */
  readonly connections: () => number;
  /** Resolves when the first connection has come and gone. */
  readonly disconnected: Promise<void>;
}

export interface HttpReceiver extends Receiver {
  /** The requests that arrived in full, in the order of their arrival. */
  readonly arrived: readonly Arrived[];
}

/** Creates a node:http server on loopback that ends with the test. */
export async function httpReceiver(
  respond: (...args: [...Parameters<RequestListener>, Arrived]) => void,
): Promise<HttpReceiver> {
  const arrived: Arrived[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url: path, headers } = request;
      const seen = { method, path, headers, body: Buffer.concat(chunks) };
      arrived.push(seen);
      respond(request, response, seen);
    });
  });
  return { ...(await listen(server)), arrived };
}

/** Answers every request the same. */
export function respondWith(
  status: number,
  headers: Record<string, string> = {},
  body?: string | Buffer,
): RequestListener {
  return (_request, response) => response.writeHead(status, headers).end(body);
}

/**
 * Creates a TCP server on loopback, for what no HTTP server would do. `onRequest` runs when a request's head has come.
 */
export async function tcpReceiver(onRequest: (socket: Socket, head: string) => void): Promise<Receiver> {
  const server = createTcpServer((socket) => {
    let head = "";
    const read = (chunk: Buffer): void => {
      head += chunk.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      socket.off("data", read).resume();
      onRequest(socket, head);
    };
    socket.on("data", read);
  });
  return listen(server);
}

/** Returns a port on loopback where nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer();
  const { port } = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function listen(server: Server): Promise<Receiver> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const disconnected = new Promise<void>((resolve) => {
    server.on("connection", (socket: Socket) => {
      connections += 1;
      sockets.add(socket);
      // An error is expected: these tests are about clients that drop a connection.
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        resolve();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = addressOf(server);
  return { url: `http://127.0.0.1:${port}/hook`, port, connections: () => connections, disconnected };
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address;
}
