import leven from "leven";

/**
 * The known word that a mistyped one most likely means.
 *
 * @param within how many letters may differ.
 */
export function nearest(word: string, known: readonly string[], within = 2): string | undefined {
  const [best] = known
    // No word of another length can be that near, and to compare a very long one would take seconds.
    .filter((name) => Math.abs(name.length - word.length) <= within)
    .map((name) => ({ name, distance: leven(word.toLowerCase(), name) }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= within ? best.name : undefined;
}
