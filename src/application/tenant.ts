import { err, ok, type Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../domain/invalid-input.ts";
import { checkTenantId } from "../domain/webhook/index.ts";
import type { Dependencies } from "./dependencies.ts";

type Scope = Pick<Dependencies, "tenantId">;

/** The tenant that a call is about: the one that it names, or the instance's own, or the default one. */
export function resolveTenant(deps: Scope, given: string | undefined): Result<string, InvalidInput> {
  return resolveTenantIfAny(deps, given).map((tenantId) => tenantId ?? "");
}

/** The same, but undefined where a call that names none is about all tenants. */
export function resolveTenantIfAny(
  { tenantId: own }: Scope,
  given: string | undefined,
): Result<string | undefined, InvalidInput> {
  if (own === null) return given === undefined ? ok(given) : checkTenantId(given);
  if (given === undefined || given === own) return ok(own);
  return err(
    invalidInput("tenantId", `must be left out, or be ${JSON.stringify(own)}: this is that tenant's alone`, given),
  );
}
