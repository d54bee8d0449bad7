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

/** The files of the project that a file imports, re-exports or loads, types included. */
export function importsOf(path: string, text: string): string[] {
  return inspect(path, text, (say) => {
    const report = (node: { readonly source: Deno.lint.Node | null } & Deno.lint.Node) => {
      if (node.source === null) return;
      say(node, node.source.type === "Literal" ? String(node.source.value) : "./unknown");
    };
    return {
      ImportDeclaration(node) {
        if (node.attributes.length === 0) report(node); // text and JSON are not code
      },
      ExportAllDeclaration: report,
      ExportNamedDeclaration: report,
      ImportExpression: report,
      TSImportType: (node) => {
        const literal = node.argument.type === "TSLiteralType" ? node.argument.literal : undefined;
        say(node, literal?.type === "Literal" ? String(literal.value) : "./unknown");
      },
    };
  }).filter(({ message }) => message.startsWith("."))
    .map(({ message }) => new URL(message, `file:///${path}`).pathname.slice(1));
}

/** What a visitor of a file's syntax tree reports, with line and length in lines. */
export function inspect(
  path: string,
  text: string,
  visit: (say: (node: Deno.lint.Node, message: string) => void) => Deno.lint.LintVisitor,
): { line: number; length: number; message: string }[] {
  const rule: Deno.lint.Rule = {
    create: (context) => visit((node, message) => context.report({ node, message })),
  };
  const plugin: Deno.lint.Plugin = { name: "house", rules: { rule } };
  return Deno.lint.runPlugin(plugin, path, text).map(({ range: [from, to], message }) => ({
    line: lineCount(text.slice(0, from)),
    length: lineCount(text.slice(from, to)),
    message,
  }));
}

/** How many lines a text has. */
export function lineCount(text: string): number {
  return text.split("\n").length;
}

/** The text without its comments. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[^]*?\*\//g, "").replace(/(^|\s)\/\/ .*$/gm, "$1");
}
