/** `JSON.stringify`, spread and `inspect` look at enumerable properties only, so that logging the object tells nothing hidden. */
export function withHidden<Visible extends object, Hidden extends object>(
  visible: Visible,
  hidden: Hidden,
): Visible & Hidden {
  const copy = { ...visible, ...hidden };
  for (const name of Object.keys(hidden)) Object.defineProperty(copy, name, { enumerable: false });
  return copy;
}
