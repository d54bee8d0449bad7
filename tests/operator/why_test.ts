import assert from "node:assert/strict";
import { settle } from "../../src/dispatcher/settle.ts";
import { renderWhy } from "../../src/operator/why.ts";
import { readState } from "../../src/reader/reader.ts";
import { explain } from "../../src/reader/why.ts";
import { readWhyFacts } from "../../src/reader/why_facts.ts";
import { attemptOf, claimJob, enqueueJob, failure } from "../support/jobs.ts";
import { openTempStore } from "../support/memory.ts";
import { parsePrinted } from "../support/printed.ts";
import { runProgram } from "../support/program.ts";
import { pluginSpec } from "../support/setup.ts";
import { createSite } from "../support/site.ts";
import { loadedSetup, tellOf } from "../support/told.ts";

Deno.env.set("TZ", "UTC"); // the times of the golden outputs

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2026, 10, 24, 7, 30);
const CALENDAR = pluginSpec({
  name: "calendar",
  schedule: { everyMs: 6 * HOUR, jitterMs: 10 * MINUTE },
  circuitBreaker: { threshold: 3, resetAfterMs: 30 * MINUTE },
});
const NAS = { pools: new Map([["nas", 1]]), total: 4 };
const SETUP = loadedSetup([
  CALENDAR,
  pluginSpec({ name: "photos", pool: "nas" }),
  pluginSpec({ name: "backup", pool: "nas" }),
], { lanes: NAS });

/** What `why` shows in a database that `arrange` has filled. */
function show(
  name: string,
  arrange: (store: ReturnType<typeof openTempStore>["store"]) => void,
  { columns = 80, isStale = false } = {},
): string {
  using temp = openTempStore();
  tellOf(temp.store, SETUP, { startedAt: NOW - HOUR, tickAt: NOW - 20_000 });
  arrange(temp.store);
  const facts = readState(temp.path, (reader) => readWhyFacts(reader, name, NOW));
  const place = { configPath: "/etc/senechal/config.yaml" };
  return renderWhy(facts, explain(facts, NOW), place, isStale, {
    columns,
    useColors: false,
    now: NOW,
  });
}

function fail(store: Parameters<Parameters<typeof show>[1]>[0], endedAt: number): void {
  const job = claimJob(store, { plugin: "calendar", now: endedAt - 1_000, maxAttempts: 1 });
  const ending = { ...failure("error"), error: "connection refused by calendar.example.org:443" };
  settle({ store }, SETUP, attemptOf(job, { ending, endedAt }));
}

function openBreaker(store: Parameters<Parameters<typeof show>[1]>[0]): void {
  for (const minutes of [30, 20, 10]) fail(store, NOW - minutes * MINUTE);
  const { everyMs, jitterMs } = CALENDAR.schedule;
  const lastRunAt = NOW - 10 * MINUTE - everyMs;
  store.plans.write({
    ...{ plugin: "calendar", everyMs, jitterMs, lastRunAt },
    nextRunAt: NOW - 12 * MINUTE,
  });
}

Deno.test("why says one sentence, then the facts, at 80 and at 120 columns", () => {
  assert.equal(
    show("calendar", openBreaker, { isStale: true }),
    `calendar waits because its circuit breaker is open after 3 failures in a row; one poll tries at 07:50 (in 21 min) and closes it if it succeeds

gateway          pid 4711, since 06:30; next tick at 07:30:40 (in 40 s)
schedule         every 6h, jitter 10m
last draw        07:18 = 01:20 + 6h - 2m of up to 5m
next poll        07:50 (in 21 min)
last run         failed 10 min ago: connection refused by calendar.example.org:…
circuit breaker  open until 07:50 (in 20 min), 3 failures in a row, opens at 3
config           /etc/senechal/config.yaml has changed since the gateway read i…`,
  );
  assert.match(
    show("calendar", openBreaker, { columns: 120 }),
    /^last run +failed 10 min ago: connection refused by calendar.example.org:443$/m,
  );
});

Deno.test("docs/operations.md shows what why says", () => {
  const page = Deno.readTextFileSync(new URL("../../docs/operations.md", import.meta.url));
  assert.ok(page.includes(`\`\`\`text\n${show("calendar", openBreaker)}\n\`\`\``));
});

Deno.test("why shows the job, its place in the queue, and who takes the places", () => {
  const shown = show("backup", (store) => {
    claimJob(store, { plugin: "photos", now: NOW - MINUTE });
    enqueueJob(store, { plugin: "calendar", now: NOW - 30_000 });
    enqueueJob(store, { plugin: "backup", now: NOW - 10_000 });
  });
  assert.match(shown, /^backup waits for a place in the pool nas \(1\), taken by photos; /);
  assert.match(shown, /^job +[0-9a-f-]{8}, attempt 1 of 4, queued 10 s ago by scheduler$/m);
  assert.match(shown, /^queue +1 queued; 1 other entry has a job ahead of it$/m);
  assert.match(shown, /^lanes +1 of 4 taken by photos$/m);
  assert.match(shown, /^pool +nas, 1 of 1 taken by photos$/m);
  assert.match(shown, /^next poll +07:30:40 \(in 40 s\), if its job has ended by then$/m);
});

Deno.test("why shows the time that is left to a job that runs", () => {
  const shown = show("photos", (store) => {
    const job = claimJob(store, { plugin: "photos", now: NOW - 45_000 });
    store.jobs.recordPid(job.id, 815);
  });
  assert.match(shown, /^job +[0-9a-f-]{8}, attempt 1 of 4, pid 815, started 45 s ago; 15 s left$/m);
});

Deno.test("a next run that was not counted from the last one is shown as such", () => {
  const plan = { plugin: "backup", everyMs: 5 * MINUTE, jitterMs: 0, lastRunAt: NOW - 4 * MINUTE };
  const draw = (nextRunAt: number) =>
    show("backup", (store) => store.plans.write({ ...plan, nextRunAt }));
  assert.match(draw(NOW + MINUTE), /^last draw +07:31:00 = 07:26 \+ 5m$/m);
  assert.match(draw(NOW + 2 * MINUTE), /^last draw +07:32, not counted from the last run$/m);
});

Deno.test("why of an entry that does not run shows no schedule of it", () => {
  const shown = show("calendar", (store) => store.heartbeats.stop(4711, NOW - MINUTE));
  assert.match(shown, /^gateway +not running; last tick at 07:29:40 \(20 s ago\)$/m);
  assert.doesNotMatch(shown, /next poll/);
});

const SLOW = `#!/bin/bash\necho '{"status":"ok"}'; sleep 60`;
const OK = `#!/bin/bash\necho '{"status":"ok"}'`;

Deno.test("why of the real program: exit 0 with an answer, 2 for an unknown entry", async () => {
  await using site = createSite({
    slow: { script: SLOW, entry: "{ schedule: { every: 1h }, timeouts: { poll: 30s } }" },
    weather: { script: OK },
    off: { script: OK, entry: "{ enabled: false, schedule: { every: 1h } }" },
  });
  const why = (...args: readonly string[]) => runProgram(["why", ...args], { cwd: site.folder });
  assert.equal((await why("weather")).code, 1, "there is no database yet");
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  await gateway.logged("Plugin spawned", { plugin: "slow" });

  const idle = await why("weather");
  assert.deepEqual([idle.code, idle.stderr], [0, ""]);
  assert.match(idle.stdout, /^weather is not due; it runs next: .* \(in 60 min\)\n\ngateway +pid /);
  const reasonOf = async (name: string) => {
    const { code, stdout } = await why(name, "--json");
    assert.equal(code, 0);
    return parsePrinted("why", stdout);
  };
  assert.equal((await reasonOf("off")).reason, "disabled");
  const slow = await reasonOf("slow");
  assert.deepEqual([slow.reason, slow.job.status, slow.running], ["running", "running", 1]);
  assert.equal(slow.until, slow.job.deadline_at);

  const wrong = await why("wether");
  assert.deepEqual([wrong.code, wrong.stdout], [2, ""]);
  assert.equal(wrong.stderr, "error: unknown entry 'wether', did you mean 'weather'?\n");
  Deno.writeTextFileSync(`${site.folder}/config.yaml`, "  added: {}\n", { append: true });
  const added = await reasonOf("added");
  assert.deepEqual([added.reason, added.config_changed], ["not loaded", true]);

  await gateway.kill();
  await site.killAll();
  site.execute("UPDATE heartbeat SET tick_at = '2026-01-01T00:00:00.000Z'");
  const killed = await reasonOf("weather");
  assert.deepEqual([killed.reason, killed.gateway, killed.next_poll], ["silent", "silent", null]);
});
