/** Returns what comes after the first hyphen: the id in `webhook-{id}`. */
export function idIn(streamId: string): string {
  return streamId.slice(streamId.indexOf("-") + 1);
}
