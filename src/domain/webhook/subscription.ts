// A webhook subscribes to event types by name, to a whole group (`order.*`), or to all present and future ones (`*`).

export const ALL_EVENTS = "*";

/** Returns the prefix of a group, `order.` for `order.*`; null if the subscription is not a group. */
export function groupIn(subscription: string): string | null {
  return subscription.endsWith(".*") ? subscription.slice(0, -1) : null;
}

export function subscribesTo(subscriptions: readonly string[], event: string): boolean {
  return subscriptions.includes(event) || subscriptions.some((subscription) => isPatternOf(subscription, event));
}

function isPatternOf(subscription: string, event: string): boolean {
  const group = groupIn(subscription);
  return subscription === ALL_EVENTS || (group !== null && event.startsWith(group));
}
