import { Hono } from "hono";
import type { Receive } from "./receive.ts";

/** Hono, on Node, Bun, Deno or at the edge. */
export function honoReceiver(receive: Receive): Hono {
  const app = new Hono();
  app.post("/hooks", async ({ req }) => {
    const { status, text } = await receive(req.raw.headers, await req.arrayBuffer());
    return new Response(text, { status });
  });
  return app;
}
