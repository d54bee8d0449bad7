import execManifest from "../../plugins/exec/manifest.yaml" with { type: "text" };
import execScript from "../../plugins/exec/run.ts" with { type: "text" };
import type { NewFile } from "./create_files.ts";
import type { Language } from "./languages.ts";
import config from "./templates/config.yaml" with { type: "text" };
import manifest from "./templates/manifest.yaml" with { type: "text" };
import node from "./templates/run.mjs" with { type: "text" };
import python from "./templates/run.py" with { type: "text" };
import bash from "./templates/run.sh" with { type: "text" };
import deno from "./templates/run.ts" with { type: "text" };

const README = `# My gateway

\`senechal-gw start\` runs what [config.yaml](config.yaml) names; \`senechal-gw status\` says how it went.
\`senechal-gw new NAME --lang python\` writes a plugin, and \`senechal-gw check\` checks the config.
The gateway keeps its data in \`data/\`, which git ignores. For a second command, copy \`plugins/exec\`
under another name, put that \`name\` in its manifest, and add an entry of that name.

In a checkout of Senechal Gateway \`senechal-gw\` is \`deno task gw\`. To have the name everywhere, put
\`dist/senechal-gw.js\`, which \`deno task bundle\` makes there, on the PATH as \`senechal-gw\`.
`;

/** The schemas lie beside the program's source only. */
const SCHEMA_LINE = /^# yaml-language-server:.*\n/;

/** What `init` writes. */
export const FIRST_FILES: readonly NewFile[] = [
  { path: "config.yaml", text: config },
  { path: "plugins/exec/manifest.yaml", text: execManifest.replace(SCHEMA_LINE, "") },
  { path: "plugins/exec/run.ts", text: execScript, isExecutable: true },
  { path: ".gitignore", text: "data/\n" },
  { path: "README.md", text: README },
];

const SCRIPTS: Readonly<Record<Language, { readonly file: string; readonly text: string }>> = {
  bash: { file: "run.sh", text: bash },
  python: { file: "run.py", text: python },
  node: { file: "run.mjs", text: node },
  deno: { file: "run.ts", text: deno },
};

/** The files of a new plugin, relative to its folder. */
export function pluginFiles(name: string, language: Language): readonly NewFile[] {
  const { file, text } = SCRIPTS[language];
  return [
    { path: "manifest.yaml", text: manifest.replace("NAME", name).replace("ENTRYPOINT", file) },
    { path: file, text, isExecutable: true },
  ];
}
