import assert from "node:assert/strict";
import { createHolds } from "../../src/dispatcher/holds.ts";
import { JOB_ID } from "../../src/plugin/environment.ts";
import { dispatchNext, recoverOrphans } from "../support/dispatch.ts";
import { claimJob, enqueueJob } from "../support/jobs.ts";
import { openTempStore, recordingLog } from "../support/memory.ts";
import { dispatchParts, pluginSpec, setupOf } from "../support/setup.ts";
import { writePlugin } from "../support/site.ts";
import { exists } from "../support/tools.ts";
import { until } from "../support/wait.ts";

/** Ignores SIGTERM, but not for ever. */
const STUBBORN = "trap '' TERM; touch ready; for n in {1..400}; do sleep 0.1; done";

/** How long a plugin that ignores SIGTERM runs beyond its deadline, in milliseconds. */
async function outliveDeadline(folder: string): Promise<number> {
  using temp = openTempStore();
  writePlugin(folder, "echo", `#!/bin/bash\n${STUBBORN}\n`);
  const [timeoutMs, entrypoint] = [300, `${folder}/run.sh`];
  const plugin = pluginSpec({ folder, entrypoint, timeoutsMs: { poll: timeoutMs } });
  enqueueJob(temp.store);
  const ran = await dispatchNext(dispatchParts(temp.store, recordingLog().log), setupOf(plugin));
  assert.ok(ran.kind === "settled");
  assert.equal(ran.attempt.signal, "SIGKILL");
  return ran.attempt.durationMs - timeoutMs;
}

/** How long recovery waits for an orphan that ignores SIGTERM, in milliseconds. */
async function outliveRecovery(folder: string): Promise<number> {
  using temp = openTempStore();
  const { log, lines } = recordingLog();
  const orphan = new Deno.Command("bash", {
    args: ["-c", STUBBORN],
    cwd: folder,
    env: { [JOB_ID]: claimJob(temp.store).id },
    stdin: "null",
    detached: true, // a process of the test's own group would be spared
  }).spawn();
  await until("the orphan", () => exists(`${folder}/ready`));
  const beganMs = performance.now();
  const [stop, holds] = [new AbortController().signal, createHolds(log)];
  await recoverOrphans({ store: temp.store, setup: setupOf(), now: Date.now, log, stop, holds });
  const tookMs = performance.now() - beganMs;
  assert.equal((await orphan.status).signal, "SIGKILL");
  assert.equal(lines.at(-1)?.fields.leftover_processes, "killed");
  return tookMs;
}

Deno.test("what ignores SIGTERM has five seconds until SIGKILL, at its deadline as at recovery", async () => {
  const folders = [1, 2].map(() => Deno.realPathSync(Deno.makeTempDirSync()));
  const [plugin = "", orphan = ""] = folders;
  const took = await Promise.all([outliveDeadline(plugin), outliveRecovery(orphan)]);
  for (const folder of folders) Deno.removeSync(folder, { recursive: true });
  for (const ms of took) assert.ok(ms >= 5_000 && ms < 10_000, `${took.join(" and ")} ms`);
});
