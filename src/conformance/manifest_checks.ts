import { isJsonObject } from "../base/json.ts";
import { describeProblem, type FileProblem } from "../document/problem.ts";
import { readYamlFile } from "../document/yaml_file.ts";
import { type Check, type Finding, toFinding } from "./check.ts";
import type { Subject } from "./subject.ts";
import { withoutRefusal } from "./without_refusal.ts";

/** Manifest keys that have their own check; `manifest.fields` covers every other problem. */
const OWN_CHECK: readonly PropertyKey[] = ["name", "protocol", "commands"];

/** What `manifest.yaml` must be. */
export const manifestChecks: readonly Check[] = [
  {
    id: "manifest.readable",
    title: "manifest.yaml is a YAML map of keys",
    needs: [],
    fix: "write a manifest.yaml; docs/plugins.md has one to copy",
    inspect: inspectFile,
  },
  {
    id: "manifest.fields",
    title: "manifest.yaml has the required keys, and each key has the right type",
    needs: ["manifest.readable"],
    fix: "correct the key named above; docs/plugins.md lists them all",
    inspect: (subject) => withoutProblem(subject, (key) => !OWN_CHECK.includes(key)),
  },
  {
    id: "manifest.name",
    title: "name is a valid plugin name, and the name of the folder",
    needs: ["manifest.readable"],
    fix: "give the folder and `name` in manifest.yaml the same name",
    inspect: inspectName,
  },
  {
    id: "manifest.protocol",
    title: "protocol is 1",
    needs: ["manifest.readable"],
    fix: "write `protocol: 1`",
    inspect: (subject) => withoutProblem(subject, (key) => key === "protocol"),
  },
  {
    id: "manifest.commands",
    title: "commands is a list that contains poll",
    needs: ["manifest.readable"],
    fix: "write `commands: [poll]`",
    inspect: (subject) => withoutProblem(subject, (key) => key === "commands"),
  },
  {
    id: "manifest.known-keys",
    title: "no key of manifest.yaml looks mistyped",
    needs: ["manifest.fields", "manifest.name", "manifest.protocol", "manifest.commands"],
    fix: "correct the spelling, or choose a key less similar to a known one",
    inspect: findMistypedKeys,
  },
];

function inspectFile({ manifestPath }: Subject): Finding {
  const read = readYamlFile(manifestPath);
  if (!read.ok) return toFinding(false, describe(read.problems));
  return isJsonObject(read.file.value)
    ? toFinding(true)
    : toFinding(false, `${manifestPath} is not a map of keys`);
}

/** Passes if the manifest has no problem with the keys of the calling check. */
function withoutProblem(subject: Subject, isMine: (key: PropertyKey) => boolean): Finding {
  const loaded = subject.manifest();
  if (loaded.ok) return toFinding(true);
  const mine = loaded.problems.filter(({ path: [key = ""] }) => isMine(key));
  return mine.length === 0 ? toFinding(true) : toFinding(false, describe(mine));
}

function describe(problems: readonly FileProblem[]): string {
  return problems.map(describeProblem).join("; ");
}

function inspectName(subject: Subject): Finding {
  const own = withoutProblem(subject, (key) => key === "name");
  if (own.outcome !== "pass") return own;
  return withoutRefusal(subject, "name");
}

function findMistypedKeys(subject: Subject): Finding {
  const loaded = subject.manifest();
  const warnings = loaded.ok ? loaded.warnings : [];
  const mistyped = warnings.filter(({ code }) => code === "mistyped key");
  return toFinding(mistyped.length === 0, describe(warnings) || undefined);
}
