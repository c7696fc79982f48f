// A webhook subscribes to event types by name, to all of a group's, as `order.*`, or to all that there are and ever will be, `*`.

export const ALL_EVENTS = "*";

/** The group of `order.*`, which is `order.`; null if that is no pattern of a group. */
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
