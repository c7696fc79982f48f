import { err, type Result } from "neverthrow";
import type { HttpConnectionFailed, HttpError, HttpRequest, HttpResponse } from "../../ports/http-client.ts";
import type { Dependencies } from "../dependencies.ts";

/**
 * Sends the request of an attempt. The client may be the application's own, and have a bug: one that throws, or that is
 * closed while nobody has closed it, has failed the attempt, so that what it fails at is tried again later, and ends.
 * What it threw is not told, since it may hold a header's value.
 */
export async function sendRequest(
  { http, logger, closing }: Pick<Dependencies, "http" | "logger" | "closing">,
  request: HttpRequest,
  deliveryId: string,
): Promise<Result<HttpResponse, HttpError>> {
  try {
    const answer = await http.post(request);
    if (answer.isOk() || answer.error.type !== "HttpClosed" || closing.aborted) return answer;
    logger.error("the HTTP client is closed, but hookledger has not closed it", { deliveryId });
    return err(connectionFailed("the HTTP client is closed", answer.error));
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown.name : typeof thrown;
    logger.error("the HTTP client threw, which is a bug in it", { deliveryId, error });
    return err(connectionFailed(`the HTTP client threw (${error})`, thrown));
  }
}

function connectionFailed(message: string, cause: unknown): HttpConnectionFailed {
  return { type: "HttpConnectionFailed", code: null, message, cause };
}
