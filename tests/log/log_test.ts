import assert from "node:assert/strict";
import { asIs, createRedact } from "../../src/base/redact.ts";
import { LOG_FORMATS } from "../../src/log/level.ts";
import { type GetLog, type LogOptions, openLog } from "../../src/log/log.ts";

const NOW = Date.UTC(2026, 10, 24, 0, 54, 49, 44);

/** The lines that `say` logs. */
function linesOf(options: Partial<LogOptions>, say: (getLog: GetLog) => void): string[] {
  const lines: string[] = [];
  const writer = { write: (line: string) => lines.push(line) };
  const plain = { level: "info", format: "json", useColors: false, redact: asIs } as const;
  say(openLog({ ...plain, ...options }, writer, () => NOW));
  return lines;
}

Deno.test("a json line is one object with time, level, component, plugin, job, message, then fields", () => {
  const lines = linesOf({}, (getLog) => {
    getLog("dispatcher").warn("Job failed", { attempt: 1, plugin: "echo", job_id: "j1" });
  });
  assert.equal(lines.length, 1);
  const [line = ""] = lines;
  assert.ok(line.endsWith("}\n"));
  const { timestamp, ...rest } = JSON.parse(line);
  assert.equal(timestamp, "2026-11-24T00:54:49.044Z");
  assert.deepEqual(Object.entries(rest), [
    ["level", "warn"],
    ["component", "dispatcher"],
    ["plugin", "echo"],
    ["job_id", "j1"],
    ["message", "Job failed"],
    ["attempt", 1],
  ]);
});

Deno.test("braces in a message or a field are text, not placeholders", () => {
  const [line = ""] = linesOf({}, (getLog) => {
    getLog("plugin").info("Plugin says", { text: "{plugin} {{x}}", plugin: "echo" });
  });
  assert.equal(JSON.parse(line).text, "{plugin} {{x}}");
});

Deno.test("a plugin's text cannot begin a second line", () => {
  const say = (getLog: GetLog) =>
    getLog("plugin").info("Plugin says", { text: 'a\n{"level":"error"}\r\u2028' });
  for (const format of ["json", "text"] as const) {
    const lines = linesOf({ format }, say);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /^[^\n\r]*\n$/);
  }
});

Deno.test("each level lets its own and more severe lines through", () => {
  const levels = ["debug", "info", "warn", "error"] as const;
  for (const [index, level] of levels.entries()) {
    const lines = linesOf({ level }, (getLog) => {
      for (const each of levels) getLog("gateway")[each]("said");
    });
    assert.deepEqual(lines.map((line) => JSON.parse(line).level), levels.slice(index));
  }
});

Deno.test("a written line is at most 16 KiB, whatever is logged", () => {
  const say = (getLog: GetLog) => {
    getLog("plugin").warn("Plugin says", { text: "\x1b".repeat(8_192), plugin: "echo" });
    getLog("gateway").info("Gateway started", { plugins: Array(5_000).fill("echo") });
  };
  for (const format of ["json", "text"] as const) {
    const lines = linesOf({ format }, say);
    assert.deepEqual(lines.map((line) => new TextEncoder().encode(line).length <= 16_384), [
      true,
      true,
    ]);
    assert.ok(lines.every((line) => line.length > 16_000), "no shorter than necessary");
  }
});

Deno.test("a plugin's lines are distinguished from the gateway's own", () => {
  const speakers: string[] = [];
  const look = { level: "info", format: "json", useColors: false, redact: asIs } as const;
  const getLog = openLog(look, { write: (_line, speaker) => speakers.push(speaker) }, () => NOW);
  getLog("plugin").info("Plugin says");
  getLog("dispatcher").error("Job failed", { plugin: "echo" });
  assert.deepEqual(speakers, ["plugin", "gateway"]);
});

Deno.test("a field that cannot be written costs the line only its fields", () => {
  for (const format of ["json", "text"] as const) {
    const [line = ""] = linesOf({ format }, (getLog) => {
      getLog("dispatcher").error("Job failed", { attempt: 1n, toJSON: { toJSON: () => 1n } });
    });
    assert.match(line, /Job failed/);
  }
  const [line = ""] = linesOf({}, (getLog) => getLog("gateway").warn("Tick late", { late: 1n }));
  assert.match(JSON.parse(line).fields_lost, /BigInt/);
});

const SECRET = "s3cr3t-7f9a2b";

for (const format of LOG_FORMATS) {
  Deno.test(`a ${format} line masks a secret in its message and in every field, however deep`, () => {
    const redact = createRedact([SECRET]);
    const [line = "", ...more] = linesOf(
      { format, redact },
      (getLog) =>
        getLog("config").warn(`Message with ${SECRET}`, {
          plugin: SECRET,
          job_id: `j ${SECRET}`,
          text: `a${SECRET}b`,
          list: ["x", { deep: [SECRET], [SECRET]: 1 }],
          count: 7,
          none: null,
        }),
    );
    assert.deepEqual(more, []);
    assert.ok(!line.includes(SECRET), line);
    assert.ok(!line.includes(SECRET.slice(0, 8)), line);
    assert.ok(line.includes("a[secret]b"), line);
  });
}

Deno.test("a secret is masked before a long field is cut, so that no part of it is left", () => {
  const redact = createRedact([SECRET]);
  for (let length = 16_300; length < 16_384; length++) {
    const text = "x".repeat(length) + SECRET + "x".repeat(100);
    const [line = ""] = linesOf({ redact }, (getLog) => getLog("plugin").info("It", { text }));
    assert.ok(!line.includes(SECRET.slice(0, 4)), line.slice(-100));
  }
});

Deno.test("a log without secrets leaves every field as it is", () => {
  const fields = { "[secret]": { a: [1, "x", null, true] }, b: undefined };
  const [line = ""] = linesOf({}, (getLog) => getLog("config").info("It", fields));
  assert.deepEqual(JSON.parse(line)["[secret]"], fields["[secret]"]);
});
