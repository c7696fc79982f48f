import { err, ok, type Result } from "neverthrow";
import type { Received, Route } from "./protocol.ts";

/** Something that goes wrong on purpose, to show that the demonstration notices. */
export interface Sabotage {
  readonly routes: (routes: readonly Route[]) => readonly Route[];
  readonly report: (requests: readonly Received[]) => readonly Received[];
}

const none: Sabotage = { routes: (routes) => routes, report: (requests) => requests };

const kinds: Readonly<Record<string, Sabotage>> = {
  "": none,
  "wrong-secret": {
    ...none,
    routes: (routes) => change(routes, "audit-log", (route) => ({ ...route, secret: "a secret of somebody else" })),
  },
  "longer-trouble": {
    ...none,
    routes: (routes) =>
      change(routes, "search-index", (route) => ({ ...route, troubles: [...route.troubles, ...route.troubles] })),
  },
  "lost-message": {
    ...none,
    report: (requests) => requests.filter(({ webhookId }) => webhookId !== "search-index"),
  },
};

export function parseSabotage(
  name = "",
): Result<Sabotage, { readonly type: "UnknownSabotage"; readonly message: string }> {
  const sabotage = kinds[name];
  const known = Object.keys(kinds).filter((kind) => kind !== "");
  const message = `HOOKLEDGER_DEMO_SABOTAGE must be one of ${known.join(", ")}; it is ${JSON.stringify(name)}`;
  return sabotage === undefined ? err({ type: "UnknownSabotage", message }) : ok(sabotage);
}

function change(routes: readonly Route[], webhookId: string, by: (route: Route) => Route): readonly Route[] {
  return routes.map((route) => (route.webhookId === webhookId ? by(route) : route));
}
