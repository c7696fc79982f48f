/**
 * Adds properties that are not enumerable. `JSON.stringify`, spread and `inspect` skip those, so a log of the object
 * does not show them.
 */
export function withHidden<Visible extends object, Hidden extends object>(
  visible: Visible,
  hidden: Hidden,
): Visible & Hidden {
  const copy = { ...visible, ...hidden };
  for (const name of Object.keys(hidden)) Object.defineProperty(copy, name, { enumerable: false });
  return copy;
}
