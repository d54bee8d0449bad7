/** One place where the program logs. */
export interface LogCall {
  readonly level: string;
  readonly message: string;
}

/** `log.warn(`, `getLog("gateway").info(`, and `log[someLevel](` for a level that a plugin gives. */
const CALL = /(?:\blog|\bgetLog\("\w+"\))(?:\.(debug|info|warn|error)|\[[^\n]*?\])\(/g;

/**
 * Finds every message that the sources in a folder log, by their text.
 *
 * @throws if a call logs something that this does not understand.
 */
export function findLogCalls(folder: string): LogCall[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return findLogCalls(path);
    return name.endsWith(".ts") ? findInSource(path, Deno.readTextFileSync(path)) : [];
  });
}

function findInSource(path: string, source: string): LogCall[] {
  return [...source.matchAll(CALL)].flatMap((match) => {
    const argument = firstArgument(source.slice(match.index + match[0].length));
    const messages = literalsIn(argument);
    if (messages.length === 0) throw new Error(`${path}: cannot tell what ${argument} is`);
    return messages.map((message) => ({ level: match[1] ?? "info", message }));
  });
}

/** The source up to the comma or bracket that ends the first argument. */
function firstArgument(source: string): string {
  let depth = 0;
  let quote = "";
  for (let i = 0; i < source.length; i++) {
    const char = source.charAt(i);
    if (quote !== "") {
      if (char === "\\") i++;
      else if (char === quote) quote = "";
    } else if (`"'\``.includes(char)) quote = char;
    else if ("([{".includes(char)) depth++;
    else if (depth === 0 && ",)".includes(char)) return source.slice(0, i).trim();
    else if (")]}".includes(char)) depth--;
  }
  return source;
}

/** The messages in an argument such as `isDead ? "Job dead" : "Job failed"`; no compared values. */
function literalsIn(argument: string): string[] {
  return [...argument.matchAll(/"([^"]*)"/g)].map(([, text = ""]) => text)
    .filter((text) => /^[A-Z]/.test(text));
}
