import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename, extname, join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { MOST_VERIFY_BYTES, verifySize } from "../../scripts/verify-size.ts";
import { inChromium } from "../support/headless-chromium.ts";
import { listen } from "../../src/testing/contracts/http-client/receivers.ts";

const built = join(import.meta.dirname, "..", "..", "dist", "verify");

/** The published vectors and a few negatives, as a module that any runtime may import. */
const checks = `
import { createReplayGuard, verifyWebhook } from "MODULE";
const messageId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const now = 1614265330000;
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const publicKey = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
const v1 = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const v1a = "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";
const body = '{"test": 2432232314}';
const headers = (signature) => new Headers({
  "webhook-id": messageId, "webhook-timestamp": "1614265330", "webhook-signature": signature });
const answers = [
  await verifyWebhook({ secret, headers: headers(v1), body, now }),
  await verifyWebhook({ publicKey, headers: headers(v1a), body: new TextEncoder().encode(body), now }),
  await verifyWebhook({ secret, headers: headers("v1,"), body, now }),
  await verifyWebhook({ publicKey, headers: headers(v1a), body: body + " ", now }),
  await verifyWebhook({ secret, headers: headers(v1), body, now: now + 301000 }),
  await verifyWebhook({ secret: "shared", body, now, headers: {
    "X-Kemi-Signature": "a41e46bd639dd3acd96a72a32d8fce3f1c779bd5d9440308e9a46fae8b33a34d" } }),
];
const guard = createReplayGuard();
export const report = JSON.stringify([
  ...answers.map((answer) => (answer.ok ? answer.scheme : answer.reason)), guard.take("a"), guard.take("a")]);
`;

const expected = JSON.stringify([
  ...["v1", "v1a", "signature-mismatch", "signature-mismatch", "timestamp-too-old", "kemi"],
  ...[true, false],
]);

interface Site {
  readonly origin: string;
  /** What the page sent back. */
  readonly report: Promise<string>;
}

async function serve(files: (path: string) => Promise<string>): Promise<Site> {
  const types: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };
  const server = createServer();
  const report = new Promise<string>((resolve) => {
    server.on("request", (request, response) => {
      const path = request.url ?? "/";
      if (request.method === "POST") {
        void text(request).then(resolve);
        return void response.end();
      }
      const found = (file: string) => response.writeHead(200, { "content-type": types[extname(path)] }).end(file);
      files(path).then(found, () => response.writeHead(404).end());
    });
  });
  const { port } = await listen(server);
  return { origin: `http://127.0.0.1:${port}`, report };
}

describe("hookledger/verify as it is built", () => {
  it("runs in Node", async () => {
    const source = checks.replace("MODULE", `file://${join(built, "index.js")}`);
    const { report } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
    expect(report).toBe(expected);
  });

  it("runs unchanged in headless Chromium", async () => {
    const page = `<!doctype html><script type="module">
      const report = await import("/checks.js").then((checks) => checks.report, String);
      await fetch("/report", { method: "POST", body: report });</script>`;
    const { origin, report } = await serve(async (path) => {
      if (path === "/page.html") return page;
      if (path === "/checks.js") return checks.replace("MODULE", "/verify/index.js");
      return readFile(join(built, basename(path)), "utf8");
    });
    expect(await inChromium(`${origin}/page.html`, () => report)).toBe(expected);
  });

  it("imports nothing, and is small", async () => {
    expect(await verifySize(join(built, "index.js"))).toBeLessThan(MOST_VERIFY_BYTES);
  });
});
