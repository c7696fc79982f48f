import { unknownName, type NamesOf } from "../../domain/known-names.ts";
import type { ResolveAll } from "./guarded-lookup.ts";

export interface ResolverOptions {
  /**
   * Resolves names in place of `dns.lookup`, with its signature; always asked for all addresses, which are judged like
   * any. For a resolver with a cache, or of another network.
   */
  readonly lookup?: ResolveAll | undefined;
}

const names: NamesOf<ResolverOptions> = { lookup: true };

/** Throws a `TypeError` for an option that there is not. */
export function resolverOf(options: ResolverOptions): ResolveAll | undefined {
  const unknown = unknownName(options, names);
  if (unknown !== null) throw new TypeError(unknown.message);
  return options.lookup;
}
