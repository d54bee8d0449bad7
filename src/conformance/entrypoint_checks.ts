import { type Check, type Finding, finding } from "./check.ts";
import { describeMissingInterpreter, readShebang } from "./shebang.ts";
import type { Subject } from "./subject.ts";

/** Refusals of discovery with a check of their own, in the order in which discovery looks. */
const REFUSALS = {
  "entrypoint.inside": /: entrypoint .* (is absolute|contains "\.\."|leads outside)/,
  "entrypoint.exists": /: entrypoint .* (does not exist|is not a file)/,
  "entrypoint.executable": /: entrypoint .* is not executable/,
  "entrypoint.permissions": /can be written by everyone/,
  "config.required": /requires config keys/,
} as const;

/** What the entrypoint has to be, as the gateway's discovery sees it, and how it can be started. */
export const entrypointChecks: readonly Check[] = [
  {
    id: "entrypoint.inside",
    title: "the entrypoint lies in the plugins folder",
    needs: ["manifest.fields", "manifest.name", "manifest.protocol", "manifest.commands"],
    mend: "give `entrypoint` as a path relative to the plugin's folder, without ..",
    look: (subject) => notRefused(subject, "entrypoint.inside"),
  },
  {
    id: "entrypoint.exists",
    title: "the entrypoint is a file",
    needs: ["entrypoint.inside"],
    mend: "create the file, or correct `entrypoint` in manifest.yaml",
    look: (subject) => notRefused(subject, "entrypoint.exists"),
  },
  {
    id: "entrypoint.executable",
    title: "the entrypoint may be executed",
    needs: ["entrypoint.exists"],
    mend: "run the chmod named above",
    look: (subject) => notRefused(subject, "entrypoint.executable"),
  },
  {
    id: "entrypoint.permissions",
    title: "nobody else can write to the entrypoint or its folder",
    needs: ["entrypoint.executable"],
    mend: "run the chmod named above",
    look: (subject) => notRefused(subject, "entrypoint.permissions"),
  },
  {
    id: "config.required",
    title: "the config has every key that the manifest requires",
    needs: ["entrypoint.permissions"],
    mend: "give the keys with --config",
    look: (subject) => notRefused(subject, "config.required"),
  },
  {
    id: "discovery.accepts",
    title: "the gateway accepts the plugin",
    needs: ["config.required"],
    mend: "do what the refusal says",
    look: (subject) => finding(refusalOf(subject) === undefined, refusalOf(subject)),
  },
  {
    id: "entrypoint.shebang",
    title: "the entrypoint is a program, or a script whose first line names one",
    needs: ["discovery.accepts"],
    mend: "begin the script with a line such as #!/usr/bin/env bash, and install what it names",
    look: lookAtShebang,
  },
  {
    id: "entrypoint.line-ends",
    title: "the script has Unix line ends",
    needs: ["entrypoint.shebang"],
    mend: "save it with LF line ends, for instance with: sed -i 's/\\r$//' FILE",
    look: lookAtLineEnds,
  },
];

function refusalOf(subject: Subject): string | undefined {
  return subject.discovered().refused[0]?.error;
}

function notRefused(subject: Subject, id: keyof typeof REFUSALS): Finding {
  const refusal = refusalOf(subject);
  const isMine = refusal !== undefined && REFUSALS[id].test(refusal);
  return finding(!isMine, isMine ? refusal : undefined);
}

function lookAtShebang(subject: Subject): Finding {
  const { PATH = "" } = subject.environment("");
  const shebang = readShebang(subject.plugin().entrypoint);
  if (shebang.kind === "program") return finding(true);
  if (shebang.kind === "none") return finding(false, `it begins with ${shebang.beginning}`);
  const missing = describeMissingInterpreter(shebang.line, PATH);
  return finding(missing === undefined, missing ?? shebang.line);
}

/** A script may hold a CR elsewhere on purpose; one that ends a line breaks most interpreters. */
function lookAtLineEnds(subject: Subject): Finding {
  const { entrypoint } = subject.plugin();
  if (readShebang(entrypoint).kind !== "script") return finding(true);
  const lines = new TextDecoder().decode(Deno.readFileSync(entrypoint)).split("\n");
  const first = lines.findIndex((line) => line.endsWith("\r"));
  return first < 0 ? finding(true) : finding(false, `line ${first + 1} ends with CR LF`);
}
