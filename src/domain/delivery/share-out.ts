/** A webhook's place in the line, and how many deliveries it can be given at most. */
export interface Place {
  readonly webhookId: string;
  readonly room: number;
}

/**
 * What became of a place:
 *
 * - `spent`: the webhook had fewer deliveries than it was offered
 * - `served`: its turn is over
 * - `owed`: its turn is still to come. Either it had no room at all, or it had room but was given fewer than others,
 *   because the limit could not be shared evenly
 */
export type Dealt = "spent" | "served" | "owed";

interface Hand {
  readonly place: Place;
  given: number;
  spent: boolean;
}

/**
 * Shares a limit out over a line. All get the same share, unless their room or their deliveries are fewer. A remainder
 * that cannot be shared evenly goes to those in front.
 *
 * @param take - takes up to that many of a webhook's deliveries, and returns how many there were
 */
export function shareOut(
  line: readonly Place[],
  limit: number,
  take: (webhookId: string, count: number) => number,
): ReadonlyMap<string, Dealt> {
  const hands = line.map((place): Hand => ({ place, given: 0, spent: false }));
  let left = limit;
  for (;;) {
    const offers = offersOf(hands, left);
    if (offers.size === 0) break;
    for (const [hand, offered] of offers) {
      const taken = take(hand.place.webhookId, offered);
      hand.given += taken;
      hand.spent = taken < offered;
      left -= taken;
    }
  }
  const most = Math.max(0, ...hands.map(({ given }) => given));
  return new Map(hands.map((hand) => [hand.place.webhookId, becameOf(hand, most)]));
}

function becameOf({ given, spent, place: { room } }: Hand, most: number): Dealt {
  if (spent) return "spent";
  return given === 0 || given < Math.min(most, room) ? "owed" : "served";
}

/** Offers one after the other from the front, to whoever has the fewest and can have more. */
function offersOf(hands: readonly Hand[], limit: number): ReadonlyMap<Hand, number> {
  const offers = new Map<Hand, number>();
  let left = limit;
  const open = new Set(hands.filter(({ given, spent, place }) => !spent && given < place.room));
  for (let level = Math.min(...[...open].map(({ given }) => given)) + 1; left > 0 && open.size > 0; level += 1) {
    for (const hand of open) {
      const has = hand.given + (offers.get(hand) ?? 0);
      if (has >= level) continue;
      if (left === 0) break;
      offers.set(hand, (offers.get(hand) ?? 0) + 1);
      left -= 1;
      if (has + 1 >= hand.place.room) open.delete(hand);
    }
  }
  return offers;
}
