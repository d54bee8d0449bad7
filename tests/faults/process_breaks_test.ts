import assert from "node:assert/strict";
import { recordFault } from "../support/campaign.ts";
import { createSite } from "../support/site.ts";
import { exists, missing, skipWhere } from "../support/tools.ts";
import { isAlive, kill, until } from "../support/wait.ts";

const OK = `#!/bin/bash\necho '{"status":"ok"}'\n`;
const OFTEN = "{ schedule: { every: 200ms } }";
const noPython = missing("python3");
const notHere = Deno.build.os === "linux" ? noPython : "it needs /proc";

/** A plugin that ignores SIGTERM, records its pid, hides, and keeps running. */
const hiding = (how: string) =>
  `#!/usr/bin/env python3
import ctypes, os, signal, threading, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open("pids", "a") as file: print(os.getpid(), file=file)
${how}
`;

/** How a process hides from a process listing. */
const HIDEOUTS = {
  "whose name has two lines": 'ctypes.CDLL(None).prctl(15, b"a\\nb", 0, 0, 0)\ntime.sleep(600)',
  "whose first thread has ended":
    "threading.Thread(target=time.sleep, args=(600,)).start()\nctypes.CDLL(None).pthread_exit(None)",
  "in its own session whose first thread has ended": `
if os.fork(): time.sleep(600)
os.setsid()
threading.Thread(target=time.sleep, args=(600,)).start()
with open("pids", "a") as file: print(os.getpid(), file=file)
ctypes.CDLL(None).pthread_exit(None)`,
};

for (const [what, how] of Object.entries(HIDEOUTS)) {
  Deno.test({
    name: `a process ${what} is ended at its deadline, and after a crash`,
    ignore: skipWhere(notHere, `a process ${what}`),
    async fn() {
      const entry = "{ schedule: { every: 1d }, timeouts: { poll: 2s } }";
      await using site = createSite({ it: { script: hiding(how), entry } });
      const path = `${site.folder}/plugins/it/pids`;
      const pids = () =>
        exists(path) ? Deno.readTextFileSync(path).trim().split("\n").map(Number) : [];
      const first = site.start();
      await first.logged("Job failed", { reason: "timeout" });
      assert.equal(await first.stop(), 0);
      site.execute("DELETE FROM schedule");
      const second = site.start();
      const before = pids().length;
      await until("the second run", () => pids().length === 2 * before);
      await second.kill();
      site.execute("UPDATE job_queue SET max_attempts = 1 WHERE status = 'running'");
      const third = site.start();
      await third.logged("Orphaned job recovered", { leftover_processes: "killed" });
      assert.equal(await third.stop(), 0);
      const alive = pids().filter(isAlive);
      alive.forEach(kill);
      assert.deepEqual(alive, []);
      const outcome = "ended at its deadline, and at the next start";
      recordFault({ fault: `a process ${what}`, times: 2, outcome, isNew: true });
    },
  });
}

Deno.test("a plugin that becomes a FIFO blocks nothing", async () => {
  const script = "#!/bin/bash\ncat > /dev/null; rm run.sh; mkfifo -m 755 run.sh; exit 127\n";
  await using site = createSite({ good: { script: OK, entry: OFTEN }, evil: { script } });
  const gateway = site.start();
  await gateway.logged("Job failed", { plugin: "evil", reason: "exit" });
  const before = gateway.count("Job succeeded");
  await gateway.loggedTimes("Job succeeded", before + 2);
  assert.equal(await gateway.stop(), 0);
  const outcome = "it fails, the others run";
  recordFault({ fault: "a plugin that becomes a FIFO", times: 1, outcome, isNew: true });
});

Deno.test("a plugin whose file is being written delays no other plugin and no stop, and loses no attempt", async () => {
  const busyEntry = "{ schedule: { every: 1d }, max_attempts: 1 }";
  await using site = createSite({
    busy: { script: OK, entry: busyEntry },
    good: { script: OK, entry: OFTEN },
  });
  const writer = Deno.openSync(`${site.folder}/plugins/busy/run.sh`, { append: true });
  try {
    for (let start = 0; start < 3; start++) {
      const gateway = site.start();
      await gateway.loggedTimes("Job succeeded", 3);
      assert.equal(gateway.count("Plugin cannot be spawned now, trying again"), 1);
      assert.equal(await gateway.stop(), 0);
    }
    const [row] = site.query("SELECT status, attempt FROM job_queue WHERE plugin = 'busy'");
    assert.deepEqual(row, { status: "queued", attempt: 1 });
  } finally {
    writer.close();
  }
  const last = site.start();
  await last.logged("Job succeeded", { plugin: "busy", attempt: 1 });
  assert.equal(await last.stop(), 0);
  const outcome = "the others run, three stops work at once, run as attempt 1";
  recordFault({
    fault: "a plugin's file being written for a long time",
    times: 3,
    outcome,
    isNew: true,
  });
});

/** Turns a path into a script and a FIFO alternately, as fast as possible. */
const TURNS = `import os, sys
folder = sys.argv[1]
with open(folder + "/script", "w") as file: file.write("#!/bin/sh\\nexit 127\\n")
os.chmod(folder + "/script", 0o755)
os.mkfifo(folder + "/fifo", 0o755)
while True:
    for kind in "script", "fifo":
        os.link(folder + "/" + kind, folder + "/next")
        os.replace(folder + "/next", folder + "/run.sh")
`;

Deno.test({
  name: "a plugin that is a FIFO at times blocks nothing",
  ignore: skipWhere(noPython, "a plugin that is a FIFO at times"),
  async fn() {
    const entry = "{ schedule: { every: 100ms }, timeouts: { poll: 200ms } }";
    await using site = createSite({ evil: { script: OK, entry }, good: { script: OK, entry } });
    const gateway = site.start();
    await gateway.logged("Job succeeded", { plugin: "evil" });
    const args = ["-c", TURNS, `${site.folder}/plugins/evil`];
    const turns = new Deno.Command("python3", { args, stdin: "null" }).spawn();
    try {
      await gateway.loggedTimes("Job failed", 30);
      const before = gateway.count("Job succeeded");
      await gateway.loggedTimes("Job succeeded", before + 1);
      assert.equal(await gateway.stop(), 0);
    } finally {
      turns.kill("SIGKILL");
      await turns.status;
    }
    const outcome = "it fails, the others run";
    recordFault({ fault: "a plugin that is a FIFO at times", times: 30, outcome, isNew: true });
  },
});

Deno.test("a plugin that falsely reports its file as busy runs once more, then fails", async () => {
  const script =
    '#!/bin/bash\necho run >> runs; echo "setsid: $PWD/run.sh: Text file busy" >&2; exit 126\n';
  await using site = createSite({ liar: { script }, good: { script: OK, entry: OFTEN } });
  const gateway = site.start();
  await gateway.logged("Job failed", { plugin: "liar", reason: "exit" });
  await gateway.logged("Job succeeded", { plugin: "good" });
  assert.equal(await gateway.stop(), 0);
  assert.equal(Deno.readTextFileSync(`${site.folder}/plugins/liar/runs`), "run\nrun\n");
  const outcome = "run once more, failed; the others run";
  recordFault({ fault: "a plugin that says its file is busy", times: 1, outcome, isNew: true });
});
