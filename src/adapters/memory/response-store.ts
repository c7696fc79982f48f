import type { ResponseStore } from "../../ports/response-store.ts";
import type { Door } from "./door.ts";
import type { State } from "./state.ts";

export function createResponseStore({ responses }: State, door: Door): ResponseStore {
  return {
    ofDeliveries: (deliveryIds) => door.enter(() => [...new Set(deliveryIds)].flatMap((id) => responses.get(id) ?? [])),
  };
}
