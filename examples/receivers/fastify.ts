import fastify, { type FastifyInstance } from "fastify";
import type { Receive } from "./receive.ts";

/** Fastify, with a parser that leaves the body as it came. */
export function fastifyReceiver(receive: Receive): FastifyInstance {
  const app = fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.post<{ Body: Buffer }>("/hooks", async (request, reply) => {
    const { status, text } = await receive(request.headers, request.body);
    return reply.code(status).send(text);
  });
  return app;
}
