import type { Receive } from "./receive.ts";

/** A route handler of Next.js: `export const POST = nextRoute(receive)` in `app/hooks/route.ts`. */
export function nextRoute(receive: Receive): (request: Request) => Promise<Response> {
  return async (request) => {
    const { status, text } = await receive(request.headers, await request.arrayBuffer());
    return new Response(text, { status });
  };
}
