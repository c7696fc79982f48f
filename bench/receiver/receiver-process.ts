import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import { createRequestReader } from "./request-reader.ts";
import { createTally } from "./tally.ts";

// The receiver, in its own process. It answers each request with 204 by hand, on bare sockets, because node:http would
// cost as much as the senders that are measured. It never answers a request to /dead, and answers every tenth request
// to /flaky with an error.

const ANSWER = Buffer.from("HTTP/1.1 204 No Content\r\n\r\n");
const FAILURE = Buffer.from("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
const tally = createTally();
let flaky = 0;

const deliveries = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  const read = createRequestReader((head, body) => {
    if (head.startsWith("POST /dead")) return;
    if (head.startsWith("POST /flaky") && ++flaky % 10 === 0) return void socket.write(FAILURE);
    tally.count(body);
    socket.write(ANSWER);
  });
  socket.on("data", read);
});

/** Lets the measured process ask what arrived, outside the traffic that is measured. */
const control = createHttpServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://control");
  if (pathname === "/reset") {
    tally.reset(searchParams.get("timed") === "true");
    response.end();
  } else {
    void tally.reached(Number(searchParams.get("count"))).then((report) => response.end(JSON.stringify(report)));
  }
});

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("it listens on no port");
  return `http://127.0.0.1:${address.port}`;
}

process.on("disconnect", () => process.exit());
process.send?.({ deliveries: await listen(deliveries), control: await listen(control) });
