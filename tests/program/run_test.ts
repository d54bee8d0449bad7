import assert from "node:assert/strict";
import { createSite } from "../support/site.ts";
import { isAlive, until } from "../support/wait.ts";

const ok = `echo '{"status":"ok"}'`;

/** Runs one plugin once and returns how it ended, from the log and from job_log. */
async function runOnce(script: string, entry?: string) {
  await using site = createSite({ it: { script, ...(entry && { entry }) } });
  const gateway = site.start();
  const end = await until(
    "the end of the job",
    () =>
      gateway.log().find(({ message }) => message === "Job succeeded" || message === "Job failed"),
    gateway.evidence,
  );
  assert.equal(await gateway.stop(), 0);
  const [row] = site.query("SELECT * FROM job_log");
  const read = (name: string) => Deno.readTextFileSync(`${site.folder}/plugins/it/${name}`);
  const files = Object.fromEntries(
    [...Deno.readDirSync(`${site.folder}/plugins/it`)].map(({ name }) => [name, read(name)]),
  );
  return { end, row, files, log: gateway.log(), state: site.query("SELECT * FROM plugin_state") };
}

Deno.test("the shipped echo plugin runs at the first tick, and SQLite has its last_run", async () => {
  const root = new URL("../..", import.meta.url).pathname;
  await using site = createSite({
    echo: { script: Deno.readTextFileSync(`${root}/plugins/echo/run.sh`) },
  });
  Deno.copyFileSync(`${root}/config.yaml`, `${site.folder}/config.yaml`);
  Deno.copyFileSync(
    `${root}/plugins/echo/manifest.yaml`,
    `${site.folder}/plugins/echo/manifest.yaml`,
  );
  const gateway = site.start();
  await gateway.logged("Job succeeded", { plugin: "echo" });
  const [row] = site.query("SELECT state FROM plugin_state WHERE plugin_name = 'echo'");
  assert.match(String(row?.state), /^\{"last_run":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"\}$/);
  assert.equal(await gateway.stop(), 0);
});

Deno.test("each tick has its own place on the grid, whenever its timer fires", async () => {
  await using site = createSite({
    it: { script: `#!/bin/bash\n${ok}`, entry: "{ schedule: { every: 1h } }" },
  });
  const gateway = site.start();
  await gateway.loggedTimes("Tick", 40);
  const ticks = gateway.log().filter(({ message }) => message === "Tick")
    .map(({ tick_at }) => Date.parse(String(tick_at)));
  const intervals = ticks.slice(1).map((at, n) => Math.round((at - (ticks[n] ?? 0)) / 100));
  assert.ok(intervals.every((interval) => interval >= 1), intervals.join());
  assert.equal(await gateway.stop(), 0);
});

Deno.test("a plugin receives protocol v1 on stdin, in its folder, with a clean environment", async () => {
  const { end, files } = await runOnce(
    `#!/bin/bash\ncat > request.json; env > env.txt; pwd > cwd.txt; ${ok}`,
    "{ schedule: { every: 1h }, config: { token: t } }",
  );
  const request = JSON.parse(files["request.json"] ?? "");
  assert.deepEqual(
    { ...request, deadline_at: "", due_at: "" },
    {
      protocol: 1,
      job_id: end.job_id,
      command: "poll",
      config: { token: "t" },
      state: {},
      deadline_at: "",
      due_at: "",
      attempt: 1,
    },
  );
  assert.match(request.due_at, /^\d{4}-.*Z$/);
  assert.match(files["env.txt"] ?? "", new RegExp(`^SENECHAL_DUE_AT=${request.due_at}$`, "m"));
  assert.match(request.deadline_at, /^\d{4}-.*Z$/);
  assert.match(files["cwd.txt"] ?? "", /plugins\/it\n$/);
  assert.match(files["env.txt"] ?? "", /^SENECHAL_PLUGIN=it$/m);
  assert.doesNotMatch(files["env.txt"] ?? "", /SECRET_OF_THE_GATEWAY/);
});

Deno.test("state is merged over runs and passed to the next one", async () => {
  await using site = createSite({
    it: {
      script: `#!/bin/bash
n=$(sed -E 's/.*"n":([0-9]+).*/\\1/;t;s/.*/0/')
echo "{\\"status\\":\\"ok\\",\\"state_updates\\":{\\"n\\":$((n+1)),\\"k$n\\":true}}"`,
      entry: "{ schedule: { every: 100ms } }",
    },
  });
  const gateway = site.start();
  const state = await until("three runs", () => {
    const [row] = gateway.lines.length > 0 ? site.query("SELECT state FROM plugin_state") : [];
    const parsed = row && JSON.parse(String(row.state));
    return parsed?.n >= 3 && parsed;
  });
  assert.deepEqual([state.k0, state.k1, state.k2], [true, true, true]);
  assert.equal(await gateway.stop(), 0);
});

Deno.test("stderr is logged at warn, one record per line, and kept in job_log", async () => {
  const { log, row } = await runOnce(`#!/bin/bash\necho one >&2; echo 'two {x}' >&2; ${ok}`);
  const lines = log.filter(({ message }) => message === "Plugin wrote to stderr");
  assert.deepEqual(lines.map(({ level, text }) => [level, text]), [["warn", "one"], [
    "warn",
    "two {x}",
  ]]);
  assert.equal(row?.stderr, "one\ntwo {x}\n");
});

Deno.test("a hung plugin and its child on stdout are killed at the deadline", async () => {
  const { end, files, state } = await runOnce(
    "#!/bin/bash\nsleep 999 & echo $! > child; sleep 999",
    "{ schedule: { every: 1h }, timeouts: { poll: 300ms } }",
  );
  assert.equal(end.reason, "timeout");
  assert.equal(isAlive(Number(files.child)), false);
  assert.deepEqual(state, []);
});

Deno.test("a plugin that ignores SIGTERM is killed after the grace", async () => {
  const { end, row } = await runOnce(
    "#!/bin/bash\ntrap '' TERM; while :; do sleep 0.1; done",
    "{ schedule: { every: 1h }, timeouts: { poll: 200ms } }",
  );
  assert.equal(end.reason, "timeout");
  assert.equal(row?.signal, "SIGKILL");
});

Deno.test("a plugin that answers and exits 0 on SIGTERM still times out", async () => {
  const { end, row } = await runOnce(
    `#!/bin/bash\ntrap '${
      ok.replaceAll("'", '"').replace(/"(\{.*\})"/, "{}")
    }; exit 0' TERM; while :; do sleep 0.05; done`,
    "{ schedule: { every: 1h }, timeouts: { poll: 300ms } }",
  );
  assert.equal(end.reason, "timeout");
  assert.equal(row?.exit_code, 0);
});

Deno.test("a child left on stdout is killed with a warning, and the answer counts", async () => {
  const { end, log, files } = await runOnce(`#!/bin/bash\nsleep 999 & echo $! > child; ${ok}`);
  assert.equal(end.message, "Job succeeded");
  assert.ok(log.some(({ message }) => message === "Killed processes that the plugin left behind"));
  assert.equal(isAlive(Number(files.child)), false);
});

Deno.test("a child in its own session cannot block the gateway", async () => {
  const big = "x".repeat(300_000);
  const { end, files } = await runOnce(
    `#!/bin/bash\nsetsid sleep 999 & echo $! > child; sleep 0.1; ${ok}`,
    `{ schedule: { every: 1h }, config: { big: ${big} } }`,
  );
  assert.equal(end.message, "Job succeeded");
  const stray = Number(files.child);
  if (isAlive(stray)) Deno.kill(stray, "SIGKILL");
});

Deno.test("a plugin that never reads its stdin may still succeed", async () => {
  const { end } = await runOnce(
    `#!/bin/bash\n${ok}`,
    `{ schedule: { every: 1h }, config: { big: ${"x".repeat(300_000)} } }`,
  );
  assert.equal(end.message, "Job succeeded");
});

const failures: readonly [name: string, script: string, reason: string, error: RegExp][] = [
  ["exit code 3", "#!/bin/bash\necho why >&2; exit 3", "exit", /^exit code 3: why$/],
  ["a signal", "#!/bin/bash\nkill -SEGV $$", "exit", /^ended by SIGSEGV/],
  ["nothing on stdout", "#!/bin/bash\n:", "protocol", /^stdout was empty/],
  ["text that is not JSON", "#!/bin/bash\necho hello", "protocol", /it begins "hello\\n"$/],
  ["two answers", `#!/bin/bash\n${ok}; ${ok}`, "protocol", /not one JSON value/],
  ["a list", "#!/bin/bash\necho '[]'", "protocol", /not an object/],
  [
    "a wrong type",
    `#!/bin/bash\necho '{"status":"ok","state_updates":null}'`,
    "protocol",
    /state_updates: expected an object/,
  ],
  [
    "status error",
    `#!/bin/bash\necho '{"status":"error","error":"no luck"}'`,
    "error",
    /^no luck$/,
  ],
  ["11 MB of stdout", "#!/bin/bash\nhead -c 11000000 /dev/zero", "output", /^wrote 11000000 bytes/],
  [
    "a huge state",
    `#!/bin/bash\nprintf '{"status":"ok","state_updates":{"a":"'; head -c 1100000 /dev/zero | tr '\\0' x; printf '"}}'`,
    "state",
    /the limit is 1048576/,
  ],
  ["a CRLF shebang", "#!/bin/bash\r\necho\r\n", "spawn", /ends in CRLF/],
  [
    "a missing interpreter",
    "#!/no/such/interpreter\n",
    "spawn",
    /interpreter \/no\/such\/interpreter does not exist/,
  ],
  ["no shebang (run by /bin/sh)", "echo hello\n", "protocol", /it begins "hello\\n"$/],
];
for (const [name, script, reason, error] of failures) {
  Deno.test(`a plugin with ${name} fails with reason ${reason}`, async () => {
    const { end, row, state } = await runOnce(script);
    assert.equal(end.reason, reason);
    assert.match(String(end.error), error);
    assert.equal(row?.last_error, end.error);
    assert.deepEqual(state, []);
  });
}
