import { err, ok, type Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";

/**
 * Parses the proxy's URL. Errors: `InvalidInput`, naming `network.proxy`; it does not show the value, which may contain
 * a password.
 */
export function parseProxy(proxy: unknown): Result<string | null, InvalidInput> {
  if (proxy === undefined) return ok(null);
  const url = typeof proxy === "string" && URL.canParse(proxy) ? new URL(proxy) : null;
  const isHttp = url?.protocol === "http:" || url?.protocol === "https:";
  const rule = "must be an absolute http or https URL without a path, such as http://proxy.internal:3128";
  if (url === null || !isHttp || url.pathname !== "/" || url.search !== "" || url.hash !== "")
    return err(invalidInput("network.proxy", rule, proxy));
  if (isDecodable(`${url.username}:${url.password}`)) return ok(url.href);
  const escaped = "must have a user name and password that are escaped as UTF-8, each % as %25";
  return err(invalidInput("network.proxy", escaped, proxy));
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
