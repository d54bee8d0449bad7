import { isJsonObject, parseJson } from "../base/json.ts";
import { fitsLog } from "../plugin/plugin_log.ts";
import { parseResponse } from "../plugin/protocol.ts";
import { type Check, type Finding, toFinding } from "./check.ts";
import { showBytes, showText, trialFinding } from "./show.ts";
import type { Subject } from "./subject.ts";

/** The checks that pass if the gateway can read an answer. */
export const FIELD_CHECKS: readonly string[] = [
  "answer.status",
  "answer.error",
  "answer.events",
  "answer.state-updates",
  "answer.logs",
];

/** What the plugin must write to stdout: first the bytes, then each field of the answer. */
export const answerChecks: readonly Check[] = [
  {
    id: "run.answers",
    title: "the plugin writes an answer to stdout",
    needs: ["stdout.size"],
    fix: 'print the answer, at least {"status": "ok"}, and flush stdout before you exit',
    inspect: (subject) => stdout(subject, (text) => text.trim() !== ""),
  },
  {
    id: "answer.utf8",
    title: "stdout is UTF-8",
    needs: ["run.answers"],
    fix: "encode the answer as UTF-8, or escape non-ASCII characters as \\uXXXX",
    inspect: (subject) => stdout(subject, (_text, bytes) => isUtf8(bytes)),
  },
  {
    id: "stdout.clean",
    title: "stdout holds nothing but the answer",
    needs: ["answer.utf8"],
    fix: "print nothing but the answer to stdout, and silence tools that the plugin calls",
    inspect: (subject) => stdout(subject, (text) => !isSurroundedAnswer(text)),
  },
  {
    id: "answer.bounded",
    title: "the answer is at most 100 levels deep and has at most a million values",
    needs: ["stdout.clean"],
    fix: "return flatter data; keep deep or large data in files of your own",
    inspect: (subject) => stdout(subject, (text) => isBounded(text)),
  },
  {
    id: "answer.one-json-value",
    title: "the answer is one JSON value",
    needs: ["answer.bounded"],
    fix: "write exactly one JSON value; let a JSON library quote strings",
    inspect: (subject) => stdout(subject, (text) => parse(text) !== undefined),
  },
  {
    id: "answer.is-object",
    title: "the answer is an object",
    needs: ["answer.one-json-value"],
    fix: 'answer with an object, at least {"status": "ok"}',
    inspect: (subject) => stdout(subject, (text) => isJsonObject(parse(text))),
  },
  field("answer.status", ["status"], "status is ok or error", 'write "status": "ok" or "error"'),
  field(
    "answer.error",
    ["error", "retry"],
    "error is a string and retry is true or false, if present",
    "write `error` as a string, `retry` as true or false, or leave them out",
  ),
  field(
    "answer.events",
    ["events"],
    "events is a list, if present",
    "write `events` as a list, or leave it out",
  ),
  field(
    "answer.state-updates",
    ["state_updates"],
    "state_updates is an object, if present",
    "write `state_updates` as an object, or leave it out",
  ),
  field(
    "answer.logs",
    ["logs"],
    "logs is a list of objects whose message is a string, if present",
    'write each log line as {"level": "info", "message": "…"}',
  ),
  {
    id: "answer.known-fields",
    title: "no field of the answer looks mistyped",
    needs: FIELD_CHECKS,
    fix: "correct the spelling; the gateway ignores unknown fields",
    inspect: findMistypedFields,
  },
  {
    id: "logs.size",
    title: "logs has at most 100 lines of at most 8 KiB",
    needs: ["answer.logs"],
    fix: "log less; the gateway cuts the rest",
    inspect: inspectLogs,
  },
];

/** Has the gateway's parser check some fields alone, with a valid status. */
function field(id: string, names: readonly string[], title: string, fix: string): Check {
  const inspect = (subject: Subject) =>
    stdout(subject, (text) => {
      const own = Object.entries(parse(text) ?? {}).filter(([name]) => names.includes(name));
      const rest = names.includes("status") ? {} : { status: "ok" };
      const probe = JSON.stringify({ ...rest, ...Object.fromEntries(own) });
      return parseResponse(new TextEncoder().encode(probe)).ok;
    });
  return { id, title, needs: ["answer.is-object"], fix, inspect };
}

async function stdout(
  subject: Subject,
  holds: (text: string, bytes: Uint8Array) => boolean,
): Promise<Finding> {
  const trial = await subject.trial("first");
  if (trial.run.kind === "not started") return trialFinding(false, trial);
  const { bytes } = trial.run.stdout;
  const ok = holds(new TextDecoder().decode(bytes), bytes);
  return trialFinding(ok, trial, `stdout ${showBytes(bytes)}`);
}

/** Whether the text is an answer with something else before or after it. */
function isSurroundedAnswer(text: string): boolean {
  const inner = text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1);
  return parse(text) === undefined && isJsonObject(parse(inner));
}

/** No JSON value is `undefined`, so that can mean "no JSON that the gateway accepts". */
function parse(text: string): unknown {
  const parsed = parseJson(text);
  return parsed.ok ? parsed.value : undefined;
}

function isBounded(text: string): boolean {
  const parsed = parseJson(text);
  return parsed.ok || parsed.fault === "not JSON";
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

async function findMistypedFields(subject: Subject): Promise<Finding> {
  const trial = await subject.trial("first");
  const mistyped = trial.ending.answer?.mistyped ?? [];
  const found = mistyped.map(({ field, meant }) => `"${field}", did you mean "${meant}"?`);
  return trialFinding(found.length === 0, trial, found.join("; ") || undefined);
}

/** The gateway cuts what does not fit, so everything should fit. */
async function inspectLogs(subject: Subject): Promise<Finding> {
  const { answer } = (await subject.trial("first")).ending;
  if (answer === undefined) return toFinding(true);
  const { logs, leftOut } = answer;
  const longest = Math.max(0, ...logs.map(({ message }) => message.length));
  const first = showText(logs[0]?.message ?? "");
  return toFinding(
    fitsLog(answer),
    `${
      logs.length + leftOut.logs
    } lines, the longest has ${longest} characters, the first is ${first}`,
  );
}
