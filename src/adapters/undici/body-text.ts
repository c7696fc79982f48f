import type { Received } from "./exchange.ts";

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** The body as its `Content-Type` says that it is written, or as UTF-8 where that names no charset, or none that is known. */
export function bodyText({ headers, body, truncated }: Received): string {
  if (body.length === 0) return "";
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(headers["content-type"] ?? "")?.[1];
  // Unfinished, a decoder keeps back a character that the limit has cut in two, so it is of no use to the next one.
  if (truncated) return decoderOf(charset ?? "utf-8").decode(body, { stream: true });
  return charset === undefined ? utf8.decode(body) : decoderOf(charset).decode(body);
}

function decoderOf(charset: string) {
  try {
    return new TextDecoder(charset, { ignoreBOM: true });
  } catch {
    return new TextDecoder("utf-8", { ignoreBOM: true });
  }
}
