/**
 * Shows a line to the person who started the program. If stderr cannot be written, on a full disk for
 * one, that changes neither what the program does nor its exit code.
 */
export function complain(line: string): void {
  try {
    console.error(line);
  } catch {
    // There is no other place to say it.
  }
}
