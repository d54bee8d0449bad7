import fc from "fast-check";
import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { renderText } from "../../src/log/text.ts";

const head = {
  timestamp: new Date(2026, 10, 3, 4, 5, 6, 7).getTime(),
  level: "error",
  component: "dispatcher",
  message: "Job failed",
} as const;
const fields = {
  plugin: "echo",
  job_id: "72eede62-bfa8-4415-bef8-f6d078cfc646",
  reason: "exit",
  error: "exit code 3: no token",
  attempt: 1,
  left: undefined,
};

Deno.test("a failure is one line with local time, plugin, job, reason and attempt", () => {
  assert.equal(
    renderText(head, fields, false),
    "2026-11-03 04:05:06.007 ERROR dispatcher echo/72eede62 Job failed reason=exit " +
      'error="exit code 3: no token" attempt=1',
  );
});

Deno.test("a line without plugin and job has no gap in their place", () => {
  assert.equal(
    renderText(
      { ...head, level: "info", component: "gateway", message: "Gateway stopped" },
      {},
      false,
    ),
    "2026-11-03 04:05:06.007 INFO  gateway    Gateway stopped",
  );
});

Deno.test("a time among the fields is local, like the line's own time", () => {
  const at = new Date(2026, 10, 3, 5, 0, 0, 0).toISOString();
  const line = renderText(head, { next_run_at: at, next_runs: { echo: at, other: "now" } }, false);
  assert.ok(line.endsWith(
    'next_run_at="2026-11-03 05:00:00.000" next_runs={"echo":"2026-11-03 05:00:00.000","other":"now"}',
  ));
});

Deno.test("colours change nothing else", () => {
  const colored = renderText(head, fields, true);
  assert.ok(colored.includes("\u001b[31mERROR\u001b[0m"));
  assert.equal(stripVTControlCharacters(colored), renderText(head, fields, false));
});

Deno.test("whatever a plugin writes, an event stays one line without control characters", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.string(), (text, plugin) => {
    const line = renderText(head, { plugin, text }, false);
    assert.doesNotMatch(line, /\p{Cc}/u);
  }));
});

Deno.test("characters that control a terminal or reverse text are escaped", () => {
  const text =
    "\u001b[2J \u009b2J \u202eevil\u2066 \ufeff \u{e0041} e\u0301 \u{1f469}\u200d\u{1f52c}";
  const line = renderText(head, { plugin: "echo", text }, false);
  assert.ok(line.endsWith(
    String.raw`text="\u001b[2J \u009b2J \u202eevil\u2066 \ufeff \udb40\udc41 ` +
      'e\u0301 \u{1f469}\u200d\u{1f52c}"',
  ));
});

Deno.test("a plugin's name cannot forge another line", () => {
  const line = renderText(head, { ...fields, plugin: "a\nb ERROR", job_id: "x y" }, false);
  assert.match(line, /^[^\n]* "a\\nb ERROR\/x y" Job failed /);
});
