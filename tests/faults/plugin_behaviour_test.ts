import assert from "node:assert/strict";
import { BEHAVIOURS } from "../fixtures/plugin_behaviours.ts";
import { recordFault } from "../support/campaign.ts";
import { type Observation, PHOTO_FINISH } from "./behaviour_runner.ts";

const RUNNER = new URL("./behaviour_runner.ts", import.meta.url).pathname;

async function runRunner(...args: string[]): Promise<string[]> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", RUNNER, ...args],
    stderr: "inherit",
  }).output();
  assert.equal(code, 0);
  return new TextDecoder().decode(stdout).trim().split("\n");
}

for (const way of ["setsid", "detached"]) {
  Deno.test(`every behaviour of a plugin has its stated outcome, spawned through ${way}`, async (t) => {
    await observeAll(way, t);
  });
}

async function observeAll(way: string, t: Deno.TestContext): Promise<void> {
  const lines = await runRunner(way);
  const observed = new Map(
    lines.map((line): Observation => JSON.parse(line)).map((one) => [one.name, one]),
  );
  for (const { name, reason, error, warning, state } of BEHAVIOURS) {
    await t.step(name, () => {
      const seen = observed.get(name);
      assert.ok(seen);
      assert.equal(seen.status, reason ? "failed" : "succeeded", seen.error);
      assert.equal(seen.reason, reason, seen.error);
      if (error) assert.match(seen.error ?? "", error);
      if (warning) assert.ok(seen.warnings.includes(warning), seen.warnings.join());
      assert.equal(seen.state, state ?? "{}");
      assert.equal(seen.nextStatus, "succeeded");
      assert.deepEqual(seen.zombies, []);
    });
  }
  await t.step("exits exactly at its deadline: one clear outcome", () => {
    const { reason } = observed.get(PHOTO_FINISH) ?? {};
    assert.ok(reason === "timeout" || reason === "protocol", reason); // it prints nothing
  });
  recordFault({
    fault: `misbehaving plugins, spawned through ${way}`,
    times: observed.size,
    outcome: "each with its reason; files closed, no zombie, next job runs",
    isNew: true,
  });
}

Deno.test("memory shrinks again after big requests, big answers and floods", async () => {
  const [line = ""] = await runRunner("memory");
  const { plugins, ratio } = JSON.parse(line);
  assert.equal(plugins, 3);
  assert.ok(ratio < 1.5, `peak resident memory grew ${ratio} times`);
  recordFault({ fault: "heavy plugins in a row", times: 150, outcome: "memory flat" });
});
