import assert from "node:assert/strict";
import { createSite } from "../support/site.ts";
import { isAlive, until } from "../support/wait.ts";

const SLOW = `#!/bin/bash
echo $$ > pid
while [ ! -e go ]; do sleep 0.02; done
echo '{"status":"ok","state_updates":{"done":true}}'
`;
const HANGS = `#!/bin/bash\nsleep 999 & echo $! > child; echo $$ > pid; sleep 999\n`;

async function startRunning(script: string, service = "") {
  const site = createSite({ it: { script } }, service);
  const gateway = site.start();
  await gateway.logged("Plugin spawned");
  const file = (name: string) => `${site.folder}/plugins/it/${name}`;
  const pid = await until("the plugin's pid", () => {
    try {
      return Number(Deno.readTextFileSync(file("pid")));
    } catch {
      return undefined;
    }
  });
  return { site, gateway, pid, file };
}

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  Deno.test(`at the first ${signal} a running plugin may finish, and its state is kept`, async () => {
    const { site: owned, gateway, file } = await startRunning(SLOW);
    await using site = owned;
    gateway.signal(signal);
    await gateway.logged("Stopping", { cause: signal });
    Deno.writeTextFileSync(file("go"), "");
    assert.equal(await gateway.exit, 0);
    assert.deepEqual(site.query("SELECT status FROM job_queue"), [{ status: "succeeded" }]);
    assert.deepEqual(site.query("SELECT state FROM plugin_state"), [{ state: '{"done":true}' }]);
    assert.equal(gateway.log().at(-1)?.message, "Gateway stopped");
  });
}

Deno.test("a second signal ends the plugin at once and leaves its job to the next start", async () => {
  const { site: owned, gateway, pid, file } = await startRunning(HANGS);
  await using site = owned;
  gateway.signal("SIGTERM");
  const stopping = await gateway.logged("Stopping");
  await until(
    "a second signal that counts",
    () => Date.now() > Date.parse(String(stopping.timestamp)) + 300,
  );
  gateway.signal("SIGINT");
  assert.equal(await gateway.exit, 0);
  const child = Number(Deno.readTextFileSync(file("child")));
  assert.deepEqual([isAlive(pid), isAlive(child)], [false, false]);
  assert.deepEqual(site.query("SELECT status, attempt FROM job_queue"), [
    { status: "queued", attempt: 2 },
  ]);
  assert.deepEqual(site.query("SELECT status, reason FROM job_log"), [
    { status: "interrupted", reason: "interrupted" },
  ]);
});

Deno.test("when shutdown_grace is over, the plugin is ended", async () => {
  const { site: owned, gateway, pid } = await startRunning(HANGS, "shutdown_grace: 200ms");
  await using site = owned;
  gateway.signal("SIGTERM");
  assert.equal(await gateway.exit, 0);
  assert.equal(isAlive(pid), false);
  assert.deepEqual(site.query("SELECT status FROM job_queue"), [{ status: "queued" }]);
});

Deno.test("a log reader that closes the pipe does not stop the gateway", async () => {
  await using site = createSite({
    it: {
      script: `#!/bin/bash\necho run >> runs; echo '{"status":"ok"}'`,
      entry: "{ schedule: { every: 100ms } }",
    },
  });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  await gateway.closeStdout();
  const runs = () => Deno.readTextFileSync(`${site.folder}/plugins/it/runs`).length;
  const atClose = runs();
  await until("further runs", () => runs() >= atClose + 20);
  assert.equal(await gateway.stop(), 0);
});
