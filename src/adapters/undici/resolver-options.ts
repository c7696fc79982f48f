import { unknownName, type NamesOf } from "../../domain/known-names.ts";
import type { ResolveAll } from "./guarded-lookup.ts";

export interface ResolverOptions {
  /**
   * Resolves names in place of `dns.lookup`, with the same signature: for a resolver with a cache, or of another
   * network. It is always asked for all addresses, and they are judged like any others.
   */
  readonly lookup?: ResolveAll | undefined;
}

const names: NamesOf<ResolverOptions> = { lookup: true };

/** Returns the resolver of the options. Throws a `TypeError` for an unknown option. */
export function resolverOf(options: ResolverOptions): ResolveAll | undefined {
  const unknown = unknownName(options, names);
  if (unknown !== null) throw new TypeError(unknown.message);
  return options.lookup;
}
