import { describeMissingInterpreter, readShebang } from "../process/shebang.ts";
import { type Check, type Finding, toFinding } from "./check.ts";
import { showBytes } from "./show.ts";
import type { Subject } from "./subject.ts";
import { withoutRefusal } from "./without_refusal.ts";

/** What the entrypoint must be for the gateway's discovery, and what it needs to start. */
export const entrypointChecks: readonly Check[] = [
  {
    id: "entrypoint.inside",
    title: "the entrypoint is in the plugins folder",
    needs: ["manifest.fields", "manifest.name", "manifest.protocol", "manifest.commands"],
    fix: "write `entrypoint` as a path relative to the plugin's folder, without ..",
    inspect: (subject) => withoutRefusal(subject, "entrypoint outside"),
  },
  {
    id: "entrypoint.exists",
    title: "the entrypoint is a file",
    needs: ["entrypoint.inside"],
    fix: "create the file, or correct `entrypoint` in manifest.yaml",
    inspect: (subject) => withoutRefusal(subject, "entrypoint missing"),
  },
  {
    id: "entrypoint.executable",
    title: "the entrypoint is executable",
    needs: ["entrypoint.exists"],
    fix: "run the chmod named above",
    inspect: (subject) => withoutRefusal(subject, "entrypoint not executable"),
  },
  {
    id: "entrypoint.permissions",
    title: "the entrypoint and its folder are not writable by everyone",
    needs: ["entrypoint.executable"],
    fix: "run the chmod named above",
    inspect: (subject) => withoutRefusal(subject, "writable"),
  },
  {
    id: "config.required",
    title: "the config has every key that the manifest requires",
    needs: ["entrypoint.permissions"],
    fix: "pass the keys with --config",
    inspect: (subject) => withoutRefusal(subject, "config keys"),
  },
  {
    id: "config.listed",
    title: "the manifest lists every key of the config, if it has a list",
    needs: ["config.required"],
    fix: "correct the key, or add it to config_keys.optional in manifest.yaml",
    inspect: inspectConfigKeys,
  },
  {
    id: "discovery.accepts",
    title: "the gateway accepts the plugin",
    needs: ["config.required"],
    fix: "do what the refusal says",
    inspect: (subject) => withoutRefusal(subject),
  },
  {
    id: "entrypoint.shebang",
    title: "the entrypoint is a program, or a script whose first line names one",
    needs: ["discovery.accepts"],
    fix: "begin the script with a line such as #!/usr/bin/env bash, and install what it names",
    inspect: inspectShebang,
  },
  {
    id: "entrypoint.line-ends",
    title: "the script has Unix line endings",
    needs: ["entrypoint.shebang"],
    fix: "save it with LF line endings, for example with: sed -i 's/\\r$//' FILE",
    inspect: inspectLineEnds,
  },
];

function inspectConfigKeys(subject: Subject): Finding {
  const problems = subject.discovered().unlisted.flatMap(({ problems }) => problems);
  const shown = problems.map(({ path, message }) => `${path.slice(2).join(".")}: ${message}`);
  return toFinding(problems.length === 0, shown.join("; ") || undefined);
}

function inspectShebang(subject: Subject): Finding {
  const shebang = readShebang(subject.plugin().entrypoint);
  if (shebang.kind === "program") return toFinding(true);
  if (shebang.kind === "none") {
    return toFinding(false, `it begins with ${showBytes(shebang.beginning)}`);
  }
  const line = shebang.line.trimEnd();
  const missing = describeMissingInterpreter(line, subject.searchPath());
  return toFinding(missing === undefined, missing ?? line);
}

/** A CR elsewhere may be on purpose; one at the end of a line breaks most interpreters. */
function inspectLineEnds(subject: Subject): Finding {
  const { entrypoint } = subject.plugin();
  if (readShebang(entrypoint).kind !== "script") return toFinding(true);
  const lines = new TextDecoder().decode(Deno.readFileSync(entrypoint)).split("\n");
  const first = lines.findIndex((line) => line.endsWith("\r"));
  return first < 0 ? toFinding(true) : toFinding(false, `line ${first + 1} ends with CR LF`);
}
