// The receiver, in its own process. All that it knows of hookledger is what is on the wire.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { command, type Received, type Reply, type Route } from "./protocol.ts";
import { isKemiSignatureValid, isStandardWebhooksValid, type RequestHeaders } from "./signatures.ts";

const routes = new Map<string, Route>();
const requests: Received[] = [];

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const arrivedAt = Date.now();
  const rawBody = Buffer.concat(await request.toArray());
  const webhookId = (request.url ?? "/").slice(1);
  const headers = singleHeaders(request);
  const route = routes.get(webhookId);
  const kemiSignatureValid = route !== undefined && isKemiSignatureValid(rawBody, headers, route.secret);
  const standardWebhooksValid = route !== undefined && isStandardWebhooksValid(rawBody, headers, route.secret);
  const answer = answerTo(route, kemiSignatureValid && standardWebhooksValid);
  requests.push({
    ...{ webhookId, arrivedAt, kemiSignatureValid, standardWebhooksValid },
    messageId: headers["webhook-id"] ?? null,
    payload: parse(rawBody),
    answered: answer.statusCode,
  });
  response.writeHead(answer.statusCode, { "content-type": "text/plain; charset=utf-8" }).end(answer.body);
}

function answerTo(route: Route | undefined, isValid: boolean): Route["troubles"][number] {
  if (route === undefined) return { statusCode: 404, body: "no such webhook" };
  if (!isValid) return { statusCode: 401, body: "the signature is not valid" };
  return route.troubles.shift() ?? { statusCode: 200, body: "thank you" };
}

function singleHeaders({ headers }: IncomingMessage): RequestHeaders {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value?.toString()]));
}

/** A body that is not JSON is reported as text, so that it differs from what was published. */
function parse(rawBody: Buffer): unknown {
  try {
    return JSON.parse(rawBody.toString());
  } catch (error) {
    if (error instanceof SyntaxError) return rawBody.toString();
    throw error;
  }
}

function tell(message: Reply): void {
  process.send?.(message);
}

process.on("message", (message) => {
  const order = command.parse(message);
  switch (order.type) {
    case "routes":
      for (const route of order.routes) routes.set(route.webhookId, route);
      return tell({ type: "ready" });
    case "report":
      return tell({ type: "report", requests });
  }
});
// Ends when the main process ends, for whatever reason, so that no orphan is left.
process.on("disconnect", () => process.exit());

const server = createServer((request, response) => void receive(request, response)).listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = addressOf(server.address());
// The near end of an open connection keeps its port: nobody else gets the port, and nobody accepts on it.
const connection = connect(port, "127.0.0.1");
await once(connection, "connect");
tell({ type: "listening", port, closedPort: connection.localPort ?? 0 });

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === "string") throw new Error("the receiver must listen on a TCP port");
  return address;
}
