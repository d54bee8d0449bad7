import assert from "node:assert/strict";
import { fitsLog, forwardLogs, logStderr } from "../../src/plugin/plugin_log.ts";
import { parseResponse } from "../../src/plugin/protocol.ts";
import { recordingLog } from "../support/memory.ts";

const FIELDS = { plugin: "echo", job_id: "j1" };
const bytes = (text: string) => new TextEncoder().encode(text);

/** The answer of a plugin that sends these lines. */
function answerWith(logs: readonly { readonly level?: string; readonly message: string }[]) {
  const parsed = parseResponse(bytes(JSON.stringify({ status: "ok", logs })));
  assert.ok(parsed.ok);
  return parsed.response.answer;
}

Deno.test("each line of stderr is its own warning, and empty ones are left out", () => {
  const { log, lines } = recordingLog();
  logStderr(log, FIELDS, { text: "one\n\n  \ntwo\r\nthree", droppedBytes: 0 });
  assert.deepEqual(
    lines.map(({ level, message, fields }) => [level, message, fields.text]),
    ["one", "two", "three"].map((text) => ["warn", "Plugin wrote to stderr", text]),
  );
  assert.ok(lines.every(({ fields }) => fields.plugin === "echo" && fields.job_id === "j1"));
});

Deno.test("levels are mapped, and a line without one, or with an odd one, is info", () => {
  const { log, lines } = recordingLog();
  const levels = ["trace", "DEBUG", "info", "warn", "Warning", "err", "critical", "fatal", "odd"];
  const said = [{ message: "m" }, ...levels.map((level) => ({ level, message: "m" }))];
  forwardLogs(log, FIELDS, answerWith(said));
  assert.deepEqual(lines.map(({ level }) => level), [
    ...["info", "debug", "debug", "info", "warn", "warn", "error", "error", "error", "info"],
  ]);
});

Deno.test("of more than a hundred lines, the first hundred are logged, and the rest counted", () => {
  const { log, lines } = recordingLog();
  const many = Array.from({ length: 103 }, (_, n) => ({ message: `${n}` }));
  forwardLogs(log, FIELDS, answerWith(many));
  assert.equal(lines.length, 101);
  assert.deepEqual(lines.at(-1), {
    level: "warn",
    message: "Plugin output truncated in the log",
    fields: { ...FIELDS, source: "logs", dropped_lines: 3 },
  });
});

Deno.test("the log says, too, what was dropped of stderr before it was split into lines", () => {
  const { log, lines } = recordingLog();
  logStderr(log, FIELDS, { text: "one\n", droppedBytes: 5_000 });
  assert.deepEqual(lines.at(-1)?.fields, {
    ...FIELDS,
    source: "stderr",
    dropped_lines: 0,
    dropped_bytes: 5_000,
  });
});

Deno.test("a line of more than 8192 characters is cut", () => {
  const { log, lines } = recordingLog();
  const long = [{ message: "x".repeat(9_000) }, { message: "y".repeat(8_192) }];
  forwardLogs(log, FIELDS, answerWith(long));
  assert.equal(lines[0]?.fields.text, "x".repeat(8_192) + " …");
  assert.equal(lines[1]?.fields.text, "y".repeat(8_192));
});

Deno.test("logs fit if and only if they are logged in full", () => {
  const many = (count: number, length: number) =>
    Array.from({ length: count }, () => ({ message: "x".repeat(length) }));
  for (const entries of [[], many(100, 8_192), many(101, 1), many(1, 8_193)]) {
    const { log, lines } = recordingLog();
    forwardLogs(log, FIELDS, answerWith(entries));
    const logged = lines.map(({ fields }) => fields.text);
    const isWhole = JSON.stringify(logged) === JSON.stringify(entries.map((e) => e.message));
    assert.equal(fitsLog(answerWith(entries)), isWhole);
  }
});
