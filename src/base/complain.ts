/**
 * Shows a line to the person who started the program. A stderr that cannot be written (a file on a full
 * disk) changes neither what the program does nor its exit code.
 */
export function complain(line: string): void {
  try {
    console.error(line);
  } catch {
    // There is nowhere else to say it.
  }
}
