import type { Received } from "./exchange.ts";

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Decodes the body by the charset that its `Content-Type` names, or as UTF-8 if it names none or an unknown one. */
export function bodyText({ headers, body, truncated }: Received): string {
  if (body.length === 0) return "";
  const charset = /;\s*charset="?([^;"]+)/i.exec(headers["content-type"] ?? "")?.[1];
  // A stream decoder holds back a character that the limit has cut in two, so it cannot be reused for the next body.
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
