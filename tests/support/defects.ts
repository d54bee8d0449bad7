import type { SubjectOptions } from "../../src/conformance/subject.ts";

/** A plugin that differs from a good one in one thing only, which one check must find. */
export interface Defect {
  /** The check that must fail. */
  readonly id: string;
  readonly what: string;
  /** Lines of `manifest.yaml` that replace those with the same key, or its whole text. */
  readonly manifest?: Readonly<Record<string, string>> | string;
  /** The entrypoint, `run.sh`. */
  readonly script?: string;
  /** Makes the folder wrong in another way. */
  readonly prepare?: (folder: string) => void;
  readonly options?: Partial<SubjectOptions>;
}

/** The entrypoint of a plugin without defects. */
export const GOOD_SCRIPT = answers('{"status":"ok","state_updates":{"seen":1}}');

/** A script that reads its input and prints one line. */
export function answers(line: string, also = ""): string {
  return `#!/usr/bin/env bash\ncat > /dev/null\n${also}\ncat <<'END'\n${line}\nEND\n`;
}

/** A script that answers ok if its request matches a shell pattern, otherwise with an error. */
function onlyWhere(read: string, pattern: string): string {
  return `#!/usr/bin/env bash\nrequest=$(${read})\ncase $request in\n` +
    `  ${pattern}) echo '{"status":"ok","state_updates":{"seen":1}}' ;;\n` +
    `  *) echo '{"status":"error","error":"not what I expect"}' ;;\nesac\n`;
}

const manifestDefects: readonly Defect[] = [
  { id: "manifest.readable", what: "no manifest", prepare: (f) => remove(f, "manifest.yaml") },
  { id: "manifest.readable", what: "broken YAML", manifest: "name: [it" },
  { id: "manifest.readable", what: "a list as manifest", manifest: "- name: it\n" },
  { id: "manifest.fields", what: "no entrypoint key", manifest: { entrypoint: "" } },
  { id: "manifest.fields", what: "a number as version", manifest: { version: "version: 1.0" } },
  {
    id: "manifest.name",
    what: "a name that is not the folder's",
    manifest: { name: "name: that" },
  },
  { id: "manifest.name", what: "a name in capitals", manifest: { name: "name: It" } },
  { id: "manifest.protocol", what: "protocol 2", manifest: { protocol: "protocol: 2" } },
  { id: "manifest.commands", what: "no poll", manifest: { commands: "commands: [push]" } },
  { id: "manifest.known-keys", what: "a mistyped key", manifest: { extra: "descripton: x" } },
  {
    id: "manifest.known-keys",
    what: "a mistyped key in config_keys",
    manifest: { extra: "config_keys: { requird: [token] }" },
  },
];

const entrypointDefects: readonly Defect[] = [
  { id: "entrypoint.inside", what: "..", manifest: entrypoint("../it/run.sh") },
  { id: "entrypoint.inside", what: "an absolute path", manifest: entrypoint("/bin/true") },
  {
    id: "entrypoint.inside",
    what: "a link that leads out",
    manifest: entrypoint("out"),
    prepare: (folder) => Deno.symlinkSync("/bin/true", `${folder}/out`),
  },
  { id: "entrypoint.exists", what: "no such file", manifest: entrypoint("gone.sh") },
  { id: "entrypoint.exists", what: "a folder as entrypoint", manifest: entrypoint(".") },
  { id: "entrypoint.executable", what: "no x bit", prepare: chmod("run.sh", 0o644) },
  {
    id: "entrypoint.permissions",
    what: "a file writable by everyone",
    prepare: chmod("run.sh", 0o777),
  },
  {
    id: "entrypoint.permissions",
    what: "a folder writable by everyone",
    prepare: chmod(".", 0o777),
  },
  {
    id: "config.required",
    what: "a key that the config lacks",
    manifest: { extra: "config_keys: { required: [token] }" },
  },
  {
    id: "config.listed",
    what: "a key that it does not list",
    manifest: { extra: "config_keys: { optional: [token] }" },
    options: { config: { tokn: 1 } },
  },
  { id: "discovery.accepts", what: "a NUL in the path", manifest: entrypoint('"run\\0.sh"') },
  { id: "entrypoint.shebang", what: "no first line", script: "echo hello\n" },
  { id: "entrypoint.shebang", what: "no such interpreter", script: "#!/no/such/shell\n" },
  { id: "entrypoint.shebang", what: "nothing for env", script: "#!/usr/bin/env -S no-such -x\n" },
  { id: "entrypoint.line-ends", what: "CR LF", script: GOOD_SCRIPT.replaceAll("\n", "\r\n") },
];

const runDefects: readonly Defect[] = [
  { id: "run.spawns", what: "an interpreter that is not a program", script: "#!/etc/passwd\n" },
  {
    id: "run.deadline",
    what: "a run without end",
    script: "#!/usr/bin/env bash\nexec sleep 600\n",
    options: { timeoutMs: 300 },
  },
  { id: "run.exit-code", what: "exit code 3", script: `${GOOD_SCRIPT}exit 3\n` },
  { id: "run.exit-code", what: "an end by a signal", script: `${GOOD_SCRIPT}kill -KILL $$\n` },
  {
    id: "children.none",
    what: "a process in the background",
    script: answers('{"status":"ok"}', "sleep 600 < /dev/null > /dev/null 2>&1 &"),
  },
  { id: "stdout.size", what: "11 MB", script: "#!/bin/sh\nhead -c 11000000 /dev/zero\n" },
  { id: "stderr.quiet", what: "a line on stderr", script: `${GOOD_SCRIPT}echo done >&2\n` },
  {
    id: "run.succeeds",
    what: "status error",
    script: answers('{"status":"error","error":"no luck"}'),
  },
];

const answerDefects: readonly Defect[] = [
  { id: "run.answers", what: "nothing on stdout", script: "#!/usr/bin/env bash\nexit 0\n" },
  {
    id: "answer.utf8",
    what: "Latin-1",
    script: `#!/usr/bin/env bash\nprintf '{"status":"ok","note":"gr\\374n"}'\n`,
  },
  { id: "stdout.clean", what: "a line before", script: answers('{"status":"ok"}', "echo begin") },
  { id: "stdout.clean", what: "a word after", script: answers('{"status":"ok"} done') },
  {
    id: "answer.bounded",
    what: "101 levels",
    script: answers(`{"status":"ok","x":${"[".repeat(100)}${"]".repeat(100)}}`),
  },
  { id: "answer.one-json-value", what: "two", script: answers('{"status":"ok"}\n{"status":"ok"}') },
  { id: "answer.one-json-value", what: "single quotes", script: answers("{'status': 'ok'}") },
  { id: "answer.is-object", what: "a list", script: answers("[]") },
  { id: "answer.status", what: "another word", script: answers('{"status":"fine"}') },
  { id: "answer.status", what: "no status", script: answers("{}") },
  { id: "answer.error", what: "a number", script: answers('{"status":"ok","error":1}') },
  {
    id: "answer.error",
    what: "retry as a string",
    script: answers('{"status":"ok","retry":"no"}'),
  },
  { id: "answer.events", what: "an object", script: answers('{"status":"ok","events":{}}') },
  {
    id: "answer.state-updates",
    what: "null",
    script: answers('{"status":"ok","state_updates":null}'),
  },
  { id: "answer.logs", what: "bare strings", script: answers('{"status":"ok","logs":["hello"]}') },
  {
    id: "answer.known-fields",
    what: "a mistyped field",
    script: answers('{"status":"ok","state_update":{}}'),
  },
  {
    id: "answer.known-fields",
    what: "another name of a field",
    script: answers('{"status":"ok","state":{"seen":1}}'),
  },
  { id: "logs.size", what: "101 lines", script: answers(withLogs(Array(101).fill("hello"))) },
  { id: "logs.size", what: "a long line", script: answers(withLogs(["x".repeat(9_000)])) },
];

const stateDefects: readonly Defect[] = [
  {
    id: "state.size",
    what: "1.1 MB of state",
    script: answers(`{"status":"ok","state_updates":{"a":"${"x".repeat(1_100_000)}"}}`),
  },
  {
    id: "state.accepted",
    what: "a run that works only once",
    script: onlyWhere("cat", `*'"state":{}'*`),
  },
  {
    id: "state.idempotent",
    what: "a key made of the process id",
    script:
      '#!/usr/bin/env bash\necho "{\\"status\\":\\"ok\\",\\"state_updates\\":{\\"k$$\\":1}}"\n',
  },
  {
    id: "request.unknown-fields",
    what: "a plugin that knows every field",
    script: onlyWhere("cat", `*'"attempt":'[0-9]'}'`),
  },
  {
    id: "request.large-state",
    what: "a buffer of 64 KiB",
    script: onlyWhere("head -c 65536", "*'}'"),
  },
  {
    id: "signal.term",
    what: "an ignored SIGTERM",
    script: answers('{"status":"ok"}').replace("cat >", "trap '' TERM\ncat >"),
    options: { limits: { killGraceMs: 300 } },
  },
];

/** At least one defect for every check. */
export const DEFECTS: readonly Defect[] = [
  ...manifestDefects,
  ...entrypointDefects,
  ...runDefects,
  ...answerDefects,
  ...stateDefects,
];

function entrypoint(path: string): Record<string, string> {
  return { entrypoint: `entrypoint: ${path}` };
}

function withLogs(messages: readonly string[]): string {
  return JSON.stringify({ status: "ok", logs: messages.map((message) => ({ message })) });
}

function chmod(name: string, mode: number): (folder: string) => void {
  return (folder) => Deno.chmodSync(`${folder}/${name}`, mode);
}

function remove(folder: string, name: string): void {
  Deno.removeSync(`${folder}/${name}`);
}
