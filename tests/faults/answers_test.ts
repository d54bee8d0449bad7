import assert from "node:assert/strict";
import { recordFault } from "../support/campaign.ts";
import { createSite, type Site } from "../support/site.ts";
import { runProgram } from "../support/program.ts";

const BASH = "#!/bin/bash\ncat > /dev/null\n";
const OFTEN = "{ schedule: { every: 200ms } }";

/** A script that prints `count` copies of a text. */
const repeated = (text: string, times: number) =>
  `yes '${text}' | head -n ${times} | tr -d '\\n'\n`;

/** An answer whose state is `levels` deep, with a value at the bottom. */
const deepAnswer = (levels: number, bottom = "") =>
  `${BASH}printf '{"status":"ok","state_updates":{"a":'\n` +
  `${repeated("[", levels)}printf '${bottom}'\n${repeated("]", levels)}printf '}}'\n`;

/** The row of `job_log` from a plugin's only run. */
function rowOf(site: Site, plugin: string): Readonly<Record<string, unknown>> {
  const [row, ...others] = site.query(`SELECT * FROM job_log WHERE plugin = '${plugin}'`);
  assert.ok(row !== undefined && others.length === 0);
  return row;
}

/** The peak memory of a process, in bytes. */
function peakMemory(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+)/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`)) ?? [];
  return Number(kilobytes) * 1024;
}

Deno.test("an answer that is nested too deep fails its job, and nothing else", async () => {
  const scripts = {
    shallow: deepAnswer(97),
    deep: deepAnswer(10_000),
    deeper: deepAnswer(100_000),
    // JSON.stringify descends by itself into an object with a number as key.
    numbered: deepAnswer(10_000, '{"1":2}'),
  };
  const plugins = Object.entries(scripts).map(([name, script]) => [name, { script }] as const);
  await using site = createSite(Object.fromEntries(plugins));
  const gateway = site.start();
  await gateway.logged("Job succeeded", { plugin: "shallow" });
  for (const plugin of ["deep", "deeper", "numbered"]) {
    const failed = await gateway.logged("Job failed", { plugin, reason: "protocol" });
    assert.match(String(failed.error), /^stdout is nested more than 100 levels deep; it begins /);
  }
  assert.equal(await gateway.stop(), 0);
  assert.deepEqual(site.query("SELECT plugin_name FROM plugin_state"), [
    { plugin_name: "shallow" },
  ]);
  recordFault({
    fault: "answers 10,000 and 100,000 levels deep",
    times: 3,
    outcome: "reason protocol, the gateway runs on",
    isNew: true,
  });
});

Deno.test("a stored state that is nested too deep fails each job of its plugin until it is repaired", async () => {
  const script = `${BASH}echo '{"status":"ok","state_updates":{"b":1}}'\n`;
  await using site = createSite({ it: { script, entry: OFTEN } });
  const first = site.start();
  await first.logged("Job succeeded");
  assert.equal(await first.stop(), 0);
  const deep = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  site.execute(`UPDATE plugin_state SET state = '${deep}'`);
  const second = site.start();
  await second.loggedTimes("Job failed", 2);
  const failed = await second.logged("Job failed", { reason: "state" });
  assert.equal(
    failed.error,
    "the state stored in plugin_state is nested more than 100 levels deep; repair or delete that row",
  );
  site.execute("DELETE FROM plugin_state");
  await second.logged("Job succeeded");
  assert.equal(await second.stop(), 0);
  recordFault({
    fault: "stored state 100,000 levels deep",
    times: 1,
    outcome: "reason state, runs again once repaired",
    isNew: true,
  });
});

Deno.test("millions of log lines and events cost neither memory nor other jobs", async () => {
  const answer = (fields: string) => `${BASH}printf '{"status":"ok",'\n${fields}printf '}'\n`;
  const list = (name: string, element: string, times: number) =>
    `printf '"${name}":['\n${repeated(`${element},`, times)}printf '${element}]'\n`;
  await using site = createSite({
    bad: { script: answer(list("logs", "1", 400_000)) },
    "bad-millions": { script: answer(list("logs", "{}", 3_000_000)) },
    "good-many": { script: answer(list("logs", '{"message":"m"}', 300_000)) },
    "many-events": { script: answer(list("events", "0", 900_000)) },
  });
  const gateway = site.start();
  const bad = await gateway.logged("Job failed", { plugin: "bad", reason: "protocol" });
  assert.match(String(bad.error), /logs\.0: [^;]+;[^;]+;[^;]+;[^;]+; logs\.4: [^;]+; it begins /);
  const millions = await gateway.logged("Job failed", { plugin: "bad-millions" });
  assert.match(String(millions.error), /^stdout holds more than 1000000 values; it begins /);
  await gateway.logged("Plugin output truncated in the log", {
    plugin: "good-many",
    dropped_lines: 299_901,
  });
  await gateway.logged("Events dropped, routing is not part of this version", { events: 900_001 });
  await gateway.logged("Job succeeded", { plugin: "many-events" });
  assert.ok(peakMemory(gateway.pid) < 700_000_000, `${peakMemory(gateway.pid)} bytes`);
  assert.equal(await gateway.stop(), 0);
  recordFault({
    fault: "answers of millions of log lines or events",
    times: 4,
    outcome: "first 100 used, memory bounded",
    isNew: true,
  });
});

Deno.test("numbers pass through state and config digit for digit", async () => {
  const numbers = "[9007199254740993,-9007199254740993,1e400,1e-400,-0,1.0,0.1234567890123456789]";
  const script = `#!/bin/bash\ncat >> requests\n` +
    `echo '{"status":"ok","state_updates":{"a":${numbers}}}'\n`;
  await using site = createSite({
    it: {
      script,
      entry: "{ schedule: { every: 200ms }, config: { n: [9007199254740993, 1e400] } }",
    },
  });
  const gateway = site.start();
  await gateway.loggedTimes("Job succeeded", 3);
  assert.equal(await gateway.stop(), 0);
  const [first, ...later] = Deno.readTextFileSync(`${site.folder}/plugins/it/requests`)
    .trimEnd().split("\n");
  assert.ok(first?.includes('"config":{"n":[9007199254740993,1e400]},"state":{}'), first);
  assert.ok(later.length >= 2);
  for (const request of later) assert.ok(request.includes(`"state":{"a":${numbers}}`), request);
  assert.deepEqual(site.query("SELECT state FROM plugin_state"), [{ state: `{"a":${numbers}}` }]);
  recordFault({
    fault: "numbers that a double cannot hold",
    times: later.length,
    outcome: "kept digit for digit",
    isNew: true,
  });
});

Deno.test("the log names a mistyped field of an answer and the field that was meant", async () => {
  const answers = [
    ["state", '"state":{"a":1}', "state_updates"],
    ["state_update", '"state_update":{"a":1}', "state_updates"],
    ["log", '"log":[{"message":"m"}]', "logs"],
    ["event", '"event":[]', "events"],
  ] as const;
  const own = `${BASH}echo '{"status":"ok","state_updates":{"a":1},"state":{},"tags":[]}'\n`;
  await using site = createSite({
    ...Object.fromEntries(answers.map(([name, field]) => [
      `says-${name}`,
      { script: `${BASH}echo '{"status":"ok",${field}}'\n` },
    ])),
    "says-more": { script: own },
  });
  const gateway = site.start();
  for (const [field, , meant] of answers) {
    await gateway.logged("Answer field ignored", {
      level: "warn",
      plugin: `says-${field}`,
      field,
      did_you_mean: meant,
    });
  }
  await gateway.logged("Job succeeded", { plugin: "says-more" });
  assert.equal(await gateway.stop(), 0);
  const warned = gateway.log().filter(({ message }) => message === "Answer field ignored");
  assert.equal(warned.length, answers.length);
  recordFault({
    fault: "mistyped fields in an answer",
    times: answers.length,
    outcome: "a warning with the field meant",
    isNew: true,
  });
});

Deno.test("an error of megabytes is truncated alike in the log and in both tables", async () => {
  const script = `${BASH}printf '{"status":"error","error":"'\n${repeated("x", 3_000_000)}` +
    `printf '"}'\n`;
  await using site = createSite({ it: { script } });
  const gateway = site.start();
  const { error } = await gateway.logged("Job failed", { reason: "error" });
  assert.equal(await gateway.stop(), 0);
  assert.equal(error, `${"x".repeat(8_192)} …`);
  assert.equal(rowOf(site, "it").last_error, error);
  assert.deepEqual(site.query("SELECT last_error FROM job_queue"), [{ last_error: error }]);
  recordFault({ fault: "error of 3 MB", times: 1, outcome: "8 KiB kept", isNew: true });
});

Deno.test("check-plugin fails one check of a plugin whose answer is too deep", async () => {
  await using site = createSite({ it: { script: deepAnswer(10_000) } });
  const checked = await runProgram(["check-plugin", `${site.folder}/plugins/it`, "--json"]);
  assert.equal(checked.code, 1, checked.stderr);
  assert.equal(checked.stderr, "");
  const { results } = JSON.parse(checked.stdout);
  const failed = results.filter(({ outcome }: { outcome: string }) => outcome === "fail");
  assert.deepEqual(failed.map(({ id }: { id: string }) => id), ["answer.bounded"]);
  recordFault({
    fault: "check-plugin on an answer 10,000 levels deep",
    times: 1,
    outcome: "one failed check",
    isNew: true,
  });
});
