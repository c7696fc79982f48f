import { err, ok, type Result } from "neverthrow";
import type { PayloadTooLarge } from "./errors.ts";

/** 256 KiB, which receivers' servers and queues commonly accept. */
export const DEFAULT_PAYLOAD_BYTES = 256 * 1024;

/** @param body - canonical JSON, which is ASCII: each character is a byte */
export function checkPayloadSize(body: string, limitBytes: number): Result<string, PayloadTooLarge> {
  const bytes = body.length;
  if (bytes <= limitBytes) return ok(body);
  const message = `the payload takes ${bytes} bytes as JSON, more than the limit of ${limitBytes}; send a link to it instead`;
  return err({ type: "PayloadTooLarge", bytes, limitBytes, message });
}
