import { isJsonObject } from "../base/json.ts";
import { describeProblem, type FileProblem } from "../document/problem.ts";
import { readYamlFile } from "../document/yaml_file.ts";
import { type Check, type Finding, toFinding } from "./check.ts";
import type { Subject } from "./subject.ts";
import { withoutRefusal } from "./without_refusal.ts";

/** Keys of the manifest with a check of their own; every other problem belongs to `manifest.fields`. */
const OWN_CHECK: readonly PropertyKey[] = ["name", "protocol", "commands"];

/** What `manifest.yaml` has to be. */
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
    title: "the keys that manifest.yaml needs are there, and each key is of the right type",
    needs: ["manifest.readable"],
    fix: "correct the key named above; docs/plugins.md lists them all",
    inspect: (subject) => withoutProblem(subject, (key) => !OWN_CHECK.includes(key)),
  },
  {
    id: "manifest.name",
    title: "name is a plugin name, and the name of the folder",
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
    title: "commands is a list with poll in it",
    needs: ["manifest.readable"],
    fix: "write `commands: [poll]`",
    inspect: (subject) => withoutProblem(subject, (key) => key === "commands"),
  },
  {
    id: "manifest.known-keys",
    title: "no key of manifest.yaml looks like a mistyped one",
    needs: ["manifest.fields", "manifest.name", "manifest.protocol", "manifest.commands"],
    fix: "correct the spelling, or choose a key that is not so near to a known one",
    inspect: findMistypedKeys,
  },
];

function inspectFile({ manifestPath }: Subject): Finding {
  const read = readYamlFile(manifestPath);
  if (!read.ok) return toFinding(false, describe(read.problems));
  return isJsonObject(read.file.value)
    ? toFinding(true)
    : toFinding(false, `${manifestPath} holds no map of keys`);
}

/** Whether the manifest has no problem with the keys of the check that asks. */
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
