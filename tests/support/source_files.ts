const SRC = new URL("../../src/", import.meta.url);

/** Source text by path below `src/`. */
export type Sources = Readonly<Record<string, string>>;

/** Every source below a folder, by default the whole of `src/`. */
export function readSources(folder = "", root = SRC): Sources {
  return Object.fromEntries(
    [...Deno.readDirSync(new URL(folder, root))].flatMap(({ name, isDirectory }) =>
      isDirectory
        ? Object.entries(readSources(`${folder}${name}/`, root))
        : name.endsWith(".ts")
        ? [[`${folder}${name}`, Deno.readTextFileSync(new URL(folder + name, root))]]
        : []
    ),
  );
}

/** The files of the project that a file imports, types included. */
export function importsOf(path: string, text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?"(\.[^"]+\.ts)"/g)].map(([, way = ""]) =>
    new URL(way, `file:///${path}`).pathname.slice(1)
  );
}

/** The text without its comments. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[^]*?\*\//g, "").replace(/(^|\s)\/\/ .*$/gm, "$1");
}
