import assert from "node:assert/strict";
import { getLog, type LogOptions, openLog } from "../../src/log/log.ts";

/** The lines that `say` logs. */
function linesOf(options: Partial<LogOptions>, say: () => void): string[] {
  const lines: string[] = [];
  using _log = openLog({ level: "info", format: "json", useColors: false, ...options }, {
    write: (line) => lines.push(line),
  });
  say();
  return lines;
}

Deno.test("a json line is one object with time, level, component, whose, message, then fields", () => {
  const lines = linesOf({}, () => {
    getLog("dispatcher").warn("Job failed", { attempt: 1, plugin: "echo", job_id: "j1" });
  });
  assert.equal(lines.length, 1);
  const [line = ""] = lines;
  assert.ok(line.endsWith("}\n"));
  const { timestamp, ...rest } = JSON.parse(line);
  assert.equal(new Date(timestamp).toISOString(), timestamp);
  assert.deepEqual(Object.entries(rest), [
    ["level", "warn"],
    ["component", "dispatcher"],
    ["plugin", "echo"],
    ["job_id", "j1"],
    ["message", "Job failed"],
    ["attempt", 1],
  ]);
});

Deno.test("braces in a message or a field are text, not places to fill in", () => {
  const [line = ""] = linesOf({}, () => {
    getLog("plugin").info("Plugin says", { text: "{plugin} {{x}}", plugin: "echo" });
  });
  assert.equal(JSON.parse(line).text, "{plugin} {{x}}");
});

Deno.test("what a plugin writes cannot begin a second line", () => {
  const say = () => getLog("plugin").info("Plugin says", { text: 'a\n{"level":"error"}\r\u2028' });
  for (const format of ["json", "text"] as const) {
    const lines = linesOf({ format }, say);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /^[^\n\r]*\n$/);
  }
});

Deno.test("each level lets its own and the graver ones through", () => {
  const levels = ["debug", "info", "warn", "error"] as const;
  for (const [index, level] of levels.entries()) {
    const lines = linesOf({ level }, () => {
      for (const each of levels) getLog("gateway")[each]("said");
    });
    assert.deepEqual(lines.map((line) => JSON.parse(line).level), levels.slice(index));
  }
});

Deno.test("a line is at most 16 KiB as it is written, whatever is logged", () => {
  const say = () => {
    getLog("plugin").warn("Plugin says", { text: "\x1b".repeat(8_192), plugin: "echo" });
    getLog("gateway").info("Gateway started", { plugins: Array(5_000).fill("echo") });
  };
  for (const format of ["json", "text"] as const) {
    const lines = linesOf({ format }, say);
    assert.deepEqual(lines.map((line) => new TextEncoder().encode(line).length <= 16_384), [
      true,
      true,
    ]);
    assert.ok(lines.every((line) => line.length > 16_000), "no shorter than it has to be");
  }
});

Deno.test("the lines of a plugin are told from the gateway's own", () => {
  const speakers: string[] = [];
  using _log = openLog({ level: "info", format: "json", useColors: false }, {
    write: (_line, speaker) => speakers.push(speaker),
  });
  getLog("plugin").info("Plugin says");
  getLog("dispatcher").error("Job failed", { plugin: "echo" });
  assert.deepEqual(speakers, ["plugin", "gateway"]);
});
