/** No system reads a longer first line of a script. */
const LONGEST_FIRST_LINE = 256;

/**
 * The beginning of a file, with the whole of its first line where that names an interpreter.
 *
 * @throws where the file cannot be opened or read.
 */
export function readFirstBytes(path: string): Uint8Array {
  using file = Deno.openSync(path);
  const bytes = new Uint8Array(LONGEST_FIRST_LINE);
  return bytes.subarray(0, file.readSync(bytes) ?? 0);
}
