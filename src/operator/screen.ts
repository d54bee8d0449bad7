/** Where a command shows its result, and when. */
export interface Screen {
  /** Whether stdout is a terminal. */
  readonly isTerminal: boolean;
  /** How wide a line may be. */
  readonly columns: number;
  readonly useColors: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A screen at one moment, in milliseconds since the epoch. */
export type Moment = Pick<Screen, "columns" | "useColors"> & { readonly now: number };

/** The width where there is no terminal. */
const DEFAULT_COLUMNS = 80;

/** A terminal narrower than this wraps lines. */
const MIN_COLUMNS = 40;

/**
 * The screen of this process.
 *
 * @param widthOf tells the terminal's width; throws without a terminal.
 * @param said what the environment says of the width, for pipes.
 */
export function createScreen(
  widthOf: () => number,
  said: string | undefined,
  rest: Omit<Screen, "columns">,
): Screen {
  return { ...rest, columns: Math.max(findWidth(widthOf, said), MIN_COLUMNS) };
}

function findWidth(widthOf: () => number, said: string | undefined): number {
  const asked = Number(said);
  if (Number.isInteger(asked) && asked > 0) return asked;
  try {
    return widthOf() || DEFAULT_COLUMNS;
  } catch {
    return DEFAULT_COLUMNS;
  }
}

/** ANSI codes: colour only ever repeats what a word says. */
const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

/** A colour or weight of text. */
export type Style = keyof typeof CODES;

/** Styles a text, if the screen has colours. */
export function paint(
  text: string,
  style: Style | undefined,
  { useColors }: Pick<Screen, "useColors">,
) {
  return useColors && style !== undefined && text !== ""
    ? `\x1b[${CODES[style]}m${text}\x1b[0m`
    : text;
}
