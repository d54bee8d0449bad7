/** What stands in a text in place of a secret. */
export const MASK = "[secret]";

/** A shorter secret is not masked: too much else would be, too. */
export const MIN_SECRET_CHARS = 8;

/**
 * Masks the secrets in a text.
 *
 * @param isCut whether the text may end within a secret: then what looks like the beginning of one, from
 * 8 characters, is masked at its end, too.
 */
export type Redact = (text: string, isCut?: boolean) => string;

/** Masks nothing. */
export const asIs: Redact = (text) => text;

/**
 * Makes the function that puts {@link MASK} in place of each of these secrets, and of any that overlap
 * together. Its time grows with the text only, however many secrets there are. Source: Aho and Corasick,
 * "Efficient string matching: an aid to bibliographic search", 1975.
 *
 * @param secrets of 8 characters or more; shorter ones are ignored.
 */
export function createRedact(secrets: readonly string[]): Redact {
  const long = secrets.filter(({ length }) => length >= MIN_SECRET_CHARS);
  if (long.length === 0) return asIs;
  const start = buildTree(long);
  return (text, isCut = false) => {
    const spans = findSpans(start, text, isCut);
    return spans.length === 0 ? text : maskSpans(text, spans);
  };
}

/** A beginning of a secret: how much of one the text read so far ends with. */
interface Prefix {
  /** Its last UTF-16 unit. */
  readonly unit: number;
  readonly length: number;
  /** The prefixes that are longer by one unit, as a list. */
  child: Prefix | undefined;
  sibling: Prefix | undefined;
  /** The longest shorter prefix that it ends with; none for the empty one. */
  shorter: Prefix | undefined;
  /** The length of the longest secret that it ends with, or 0. */
  secretLength: number;
}

/** The empty prefix, with a quick way to those of one unit. */
interface Start extends Prefix {
  readonly children: Map<number, Prefix>;
  /** For each low byte of a unit, whether a secret may begin with it: most text is passed over. */
  readonly mayBegin: Uint8Array;
}

function buildTree(secrets: readonly string[]): Start {
  const start: Start = {
    ...createPrefix(0, 0),
    children: new Map(),
    mayBegin: new Uint8Array(256),
  };
  for (const secret of secrets) {
    let prefix: Prefix = start;
    for (let i = 0; i < secret.length; i++) {
      prefix = longer(start, prefix, secret.charCodeAt(i)) ??
        addPrefix(start, prefix, secret.charCodeAt(i));
    }
    prefix.secretLength = secret.length;
  }
  linkShorter(start);
  return start;
}

function createPrefix(unit: number, length: number): Prefix {
  return {
    unit,
    length,
    child: undefined,
    sibling: undefined,
    shorter: undefined,
    secretLength: 0,
  };
}

function addPrefix(start: Start, parent: Prefix, unit: number): Prefix {
  const added = createPrefix(unit, parent.length + 1);
  added.sibling = parent.child;
  parent.child = added;
  if (parent === start) {
    start.children.set(unit, added);
    start.mayBegin[unit & 0xff] = 1;
  }
  return added;
}

/** The prefix that is longer by this unit, if there is one. */
function longer(start: Start, prefix: Prefix, unit: number): Prefix | undefined {
  if (prefix === start) return start.children.get(unit);
  let child = prefix.child;
  while (child !== undefined && child.unit !== unit) child = child.sibling;
  return child;
}

/** Links each prefix to the longest shorter one that it ends with, the short ones first. */
function linkShorter(start: Start): void {
  const queue: Prefix[] = [start];
  for (const parent of queue) {
    for (let child = parent.child; child !== undefined; child = child.sibling) {
      child.shorter = parent.shorter === undefined
        ? start
        : next(start, parent.shorter, child.unit);
      child.secretLength ||= child.shorter.secretLength;
      queue.push(child);
    }
  }
}

/** The longest prefix that a text ends with, if it ended with `prefix` before this unit. */
function next(start: Start, prefix: Prefix, unit: number): Prefix {
  for (let at: Prefix | undefined = prefix; at !== undefined; at = at.shorter) {
    const found = longer(start, at, unit);
    if (found !== undefined) return found;
  }
  return start;
}

/** Where to mask: apart, and in order. */
type Span = readonly [from: number, to: number];

function findSpans(start: Start, text: string, isCut: boolean): readonly Span[] {
  const spans: Span[] = [];
  function add(length: number, to: number): void {
    let from = to - length;
    for (let last = spans.at(-1); last !== undefined && from <= last[1]; last = spans.at(-1)) {
      from = Math.min(from, last[0]);
      spans.pop();
    }
    spans.push([from, to]);
  }
  let prefix: Prefix = start;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (prefix === start && start.mayBegin[unit & 0xff] === 0) continue;
    prefix = next(start, prefix, unit);
    if (prefix.secretLength > 0) add(prefix.secretLength, i + 1);
  }
  if (isCut && prefix.length >= MIN_SECRET_CHARS) add(prefix.length, text.length);
  return spans;
}

function maskSpans(text: string, spans: readonly Span[]): string {
  let masked = "";
  let done = 0;
  for (const [from, to] of spans) {
    masked += text.slice(done, from) + MASK;
    done = to;
  }
  return masked + text.slice(done);
}
