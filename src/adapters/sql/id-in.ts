/** `webhook-{id}`: what comes after the first hyphen. */
export function idIn(streamId: string): string {
  return streamId.slice(streamId.indexOf("-") + 1);
}
