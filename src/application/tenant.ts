import { err, ok, type Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../domain/invalid-input.ts";
import { checkTenantId } from "../domain/webhook/index.ts";
import type { Dependencies } from "./dependencies.ts";

type Scope = Pick<Dependencies, "tenantId">;

/** Returns the tenant that a call is about: the one it names, else the instance's own, else the default one. */
export function resolveTenant(deps: Scope, given: string | undefined): Result<string, InvalidInput> {
  return resolveTenantIfAny(deps, given).map((tenantId) => tenantId ?? "");
}

/** Does the same, but returns undefined if a call that names no tenant is about all tenants. */
export function resolveTenantIfAny(
  { tenantId: own }: Scope,
  given: string | undefined,
): Result<string | undefined, InvalidInput> {
  if (own === null) return given === undefined ? ok(given) : checkTenantId(given);
  if (given === undefined || given === own) return ok(own);
  return err(
    invalidInput(
      "tenantId",
      `must be left out or be ${JSON.stringify(own)}: these calls are for that tenant only`,
      given,
    ),
  );
}
