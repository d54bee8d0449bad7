import leven from "leven";

/**
 * The known word that a mistyped one most likely means.
 *
 * @param within how many letters may differ.
 */
export function nearest(word: string, known: readonly string[], within = 2): string | undefined {
  const [best] = known
    // A word of a very different length cannot match, and comparing a very long one takes seconds.
    .filter((name) => Math.abs(name.length - word.length) <= within)
    .map((name) => ({ name, distance: leven(word.toLowerCase(), name) }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= within ? best.name : undefined;
}
