import express, { type Express } from "express";
import type { Receive } from "./receive.ts";

/** Express. Use no `express.json()` before this route: it would take the raw body away. */
export function expressReceiver(receive: Receive): Express {
  const app = express();
  app.post("/hooks", express.raw({ type: () => true, limit: "1mb" }), async (request, response) => {
    const body: unknown = request.body;
    const { status, text } = await receive(request.headers, Buffer.isBuffer(body) ? body : Buffer.alloc(0));
    response.status(status).send(text);
  });
  return app;
}
