import assert from "node:assert/strict";
import { recordFault } from "../support/campaign.ts";
import { FAULTY_GATEWAY } from "../support/gateway_process.ts";
import { createSite } from "../support/site.ts";
import { exists } from "../support/tools.ts";

const SCRIPT = `#!/bin/bash\ncat > /dev/null\necho '{"status":"ok","state_updates":{"a":1}}'\n`;
const CHECKPOINTS = ["claimed", "spawned", "answered", "settling"];

for (const checkpoint of CHECKPOINTS) {
  Deno.test(`a fault of the gateway at "${checkpoint}" fails that job, and the next one runs`, async () => {
    const plugins = { victim: { script: SCRIPT }, next: { script: SCRIPT } };
    await using site = createSite(plugins, "max_running: 1");
    const args = [`${site.folder}/config.yaml`, checkpoint, "1", "throw"];
    const gateway = site.start({ args, main: FAULTY_GATEWAY });
    const fault = await gateway.logged("Job failed because of a gateway fault");
    assert.deepEqual(
      [fault.level, fault.plugin, fault.reason, fault.error],
      ["error", "victim", "internal", `fault at "${checkpoint}"`],
    );
    assert.match(String(fault.at), /faulty_gateway\.ts:\d+:\d+/);
    await gateway.logged("Job succeeded", { plugin: "next" });
    assert.equal(await gateway.stop(), 0);
    assert.deepEqual(
      site.query("SELECT plugin, status, reason, last_error FROM job_log WHERE plugin = 'victim'"),
      [{
        plugin: "victim",
        status: "failed",
        reason: "internal",
        last_error: `fault at "${checkpoint}"`,
      }],
    );
    assert.deepEqual(site.query("SELECT plugin_name FROM plugin_state"), [{ plugin_name: "next" }]);
    if (checkpoint !== CHECKPOINTS.at(-1)) return;
    recordFault({
      fault: "a gateway bug at any step of a run",
      times: CHECKPOINTS.length,
      outcome: "that job failed, reason internal; the next one runs",
      isNew: true,
    });
  });
}

Deno.test("the cause of an internal error is in the log, then on stderr", async () => {
  await using site = createSite({ it: { script: SCRIPT } });
  const args = [`${site.folder}/config.yaml`, "enqueued", "1", "throw"];
  const gateway = site.start({ args, main: FAULTY_GATEWAY });
  assert.equal(await gateway.exit, 1);
  const line = await gateway.logged("Gateway cannot continue");
  assert.deepEqual([line.level, line.error], ["error", 'Internal error: fault at "enqueued"']);
  assert.match(String(line.at), /faulty_gateway\.ts:\d+:\d+/);
  assert.deepEqual(gateway.stderr, ['Internal error: fault at "enqueued"']);
  recordFault({
    fault: "a gateway bug outside of a run",
    times: 1,
    outcome: "exit 1, its cause in the log and on stderr",
    isNew: true,
  });
});

Deno.test("a rejection that no code awaits is logged, and the running plugin ends before the gateway", async () => {
  const script =
    `#!/bin/bash\nuntil [ -e go ] || ! [ -e run.sh ]; do sleep 0.02; done\necho '{"status":"ok"}'\n`;
  await using site = createSite({ it: { script } });
  const args = [`${site.folder}/config.yaml`, "spawned", "1", "stray"];
  const gateway = site.start({ args, main: FAULTY_GATEWAY });
  const line = await gateway.logged("Gateway cannot continue");
  assert.equal(line.error, 'Internal error: fault at "spawned"');
  await gateway.logged("Stopping", { cause: "internal error" });
  Deno.writeTextFileSync(`${site.folder}/plugins/it/go`, "");
  await gateway.logged("Job succeeded");
  assert.equal(await gateway.exit, 1);
  assert.deepEqual(gateway.stderr, ['Internal error: fault at "spawned"']);
  recordFault({
    fault: "a gateway bug in code that nothing awaits",
    times: 1,
    outcome: "its cause in the log, the plugin is ended, exit 1",
    isNew: true,
  });
});

/** How to start a program: its file, and its arguments. */
const COMMANDS: readonly (readonly [file: string, args: string, code: number])[] = [
  ["main.ts", "start --config config.yaml", 78],
  ["main.ts", "start --config missing.yaml", 78],
  ["main.ts", "--bad", 2],
  ["main.ts", "check-plugin --bad", 2],
  ["main.ts", "check --config missing.yaml", 78],
];

Deno.test({
  name: "an exit code does not change if stderr cannot be written to",
  ignore: !exists("/dev/full"),
  async fn() {
    const folder = Deno.makeTempDirSync();
    Deno.writeTextFileSync(`${folder}/config.yaml`, "plugins: { a: 1 }\n");
    const src = new URL("../../src/", import.meta.url).pathname;
    for (const [file, args, code] of COMMANDS) {
      for (const stderr of ["2> /dev/full", "2>&-", "> /dev/full 2> /dev/full"]) {
        const script =
          `exec "$0" run --quiet --no-prompt --allow-all ${src}${file} ${args} ${stderr}`;
        const { code: got } = await new Deno.Command("bash", {
          args: ["-c", script, Deno.execPath()],
          cwd: folder,
          stdout: "null",
          stderr: "null",
        }).spawn().status;
        assert.equal(got, code, `${file} ${args} ${stderr}`);
      }
    }
    Deno.removeSync(folder, { recursive: true });
    recordFault({
      fault: "stderr on a full disk, or closed",
      times: 3 * COMMANDS.length,
      outcome: "the exit code stays",
      isNew: true,
    });
  },
});
