import { isJsonObject } from "../base/json.ts";
import { explainUnknownKey } from "../document/check.ts";
import { fitsLog } from "../plugin/plugin_log.ts";
import { parseResponse, RESPONSE_FIELDS } from "../plugin/protocol.ts";
import { type Check, type Finding, toFinding } from "./check.ts";
import { showBytes, showRequest, showText } from "./show.ts";
import type { Subject } from "./subject.ts";

/** What the plugin has to write to stdout: first the bytes, then each field of the answer. */
export const answerChecks: readonly Check[] = [
  {
    id: "run.answers",
    title: "the plugin writes an answer to stdout",
    needs: ["stdout.size"],
    fix: 'print the answer, at least {"status": "ok"}, and flush stdout before the end',
    inspect: (subject) => stdout(subject, (text) => text.trim() !== ""),
  },
  {
    id: "answer.utf8",
    title: "stdout is UTF-8",
    needs: ["run.answers"],
    fix: "encode the answer as UTF-8, or write other characters as \\uXXXX",
    inspect: (subject) => stdout(subject, (_text, bytes) => isUtf8(bytes)),
  },
  {
    id: "stdout.clean",
    title: "stdout holds nothing besides the answer",
    needs: ["answer.utf8"],
    fix: "print debugging output to stderr, and silence tools that the plugin calls",
    inspect: (subject) => stdout(subject, (text) => !isSurroundedAnswer(text)),
  },
  {
    id: "answer.one-json-value",
    title: "the answer is one JSON value",
    needs: ["stdout.clean"],
    fix: "write exactly one JSON value; let a JSON library quote texts",
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
    "error is a text and retry true or false, if they are there",
    "give `error` as a text, `retry` as true or false, or leave them out",
  ),
  field(
    "answer.events",
    ["events"],
    "events is a list, if it is there",
    "give `events` as a list, or leave it out",
  ),
  field(
    "answer.state-updates",
    ["state_updates"],
    "state_updates is an object, if it is there",
    "give `state_updates` as an object, or leave it out",
  ),
  field(
    "answer.logs",
    ["logs"],
    "logs is a list of objects with a text as message, if it is there",
    'give each log line as {"level": "info", "message": "…"}',
  ),
  {
    id: "answer.known-fields",
    title: "no field of the answer looks like a mistyped one",
    needs: ["answer.is-object"],
    fix: "correct the spelling; the gateway ignores fields that it does not know",
    inspect: findMistypedFields,
  },
  {
    id: "logs.size",
    title: "logs has at most 100 lines of at most 8 KiB",
    needs: ["answer.logs"],
    fix: "log less; the gateway cuts what is beyond that",
    inspect: inspectLogs,
  },
];

/** Asks the gateway's parser about some fields alone, beside a status that is right. */
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
  const { request, run } = await subject.trial("first");
  if (run.kind === "not started") return toFinding(false, run.error);
  const { bytes } = run.stdout;
  const ok = holds(new TextDecoder().decode(bytes), bytes);
  return toFinding(ok, `stdout ${showBytes(bytes)}`, showRequest(request));
}

/** Whether the text is an answer with something else before or after it. */
function isSurroundedAnswer(text: string): boolean {
  const inner = text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1);
  return parse(text) === undefined && isJsonObject(parse(inner));
}

/** A JSON value has no `undefined`, so that can stand for "no JSON". */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
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
  return await stdout(
    subject,
    (text) =>
      Object.keys(parse(text) ?? {})
        .filter((name) => !RESPONSE_FIELDS.includes(name))
        .every((name) => explainUnknownKey(name, RESPONSE_FIELDS).code !== "mistyped key"),
  );
}

/** The gateway cuts what does not fit, so all of it should. */
async function inspectLogs(subject: Subject): Promise<Finding> {
  const lines = (await subject.trial("first")).ending.answer?.logs ?? [];
  const longest = Math.max(0, ...lines.map(({ message }) => message.length));
  const first = showText(lines[0]?.message ?? "");
  return toFinding(
    fitsLog(lines),
    `${lines.length} lines, the longest of ${longest} characters, first ${first}`,
  );
}
