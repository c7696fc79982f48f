import type { ResponseStore } from "../../ports/response-store.ts";
import type { Door } from "./door.ts";
import type { State } from "./state.ts";

export function createResponseStore({ responses }: State, door: Door): ResponseStore {
  return { ofDelivery: (deliveryId) => door.enter(() => [...(responses.get(deliveryId) ?? [])]) };
}
