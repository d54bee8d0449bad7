import assert from "node:assert/strict";
import { listenForShutdown } from "../../src/gateway/shutdown.ts";
import { jobOf } from "../support/jobs.ts";
import { recordingLog } from "../support/memory.ts";

const HOUR = 3_600_000;

/** Moves the clock that distinguishes a repeated signal from a second one. */
function useClock() {
  const { now } = performance;
  const clock = { ms: 1_000, [Symbol.dispose]: () => void (performance.now = now) };
  performance.now = () => clock.ms;
  return clock;
}

Deno.test("the first request stops new work, the second ends the running plugin", () => {
  using clock = useClock();
  const { log, lines } = recordingLog();
  using shutdown = listenForShutdown(HOUR, log);
  shutdown.request("SIGTERM");
  assert.deepEqual([shutdown.stop.aborted, shutdown.interrupt.aborted], [true, false]);
  clock.ms += 250;
  shutdown.request("SIGINT");
  assert.equal(shutdown.interrupt.aborted, true);
  assert.deepEqual(lines.map(({ level, message, fields }) => [level, message, fields]), [
    ["info", "Stopping", { cause: "SIGTERM", grace_ms: HOUR }],
    ["warn", "Ending the running plugin", { cause: "SIGINT" }],
  ]);
});

Deno.test("a stop names each plugin that it waits for, and says how to end it now", () => {
  const { log, lines } = recordingLog();
  using shutdown = listenForShutdown(HOUR, log);
  const job = jobOf({ id: "j1", plugin: "slow", startedAt: 0 });
  const ended = jobOf({ id: "j2", plugin: "quick", startedAt: 0 });
  shutdown.running.add(job).add(ended).delete(ended);
  shutdown.request("SIGINT");
  assert.deepEqual(lines.map(({ message, fields }) => [message, fields]), [
    ["Stopping", { cause: "SIGINT", grace_ms: HOUR }],
    ["Waiting for a running plugin, a second signal ends it now", {
      plugin: "slow",
      job_id: "j1",
      started_at: "1970-01-01T00:00:00.000Z",
      up_to_ms: HOUR,
    }],
  ]);
});

Deno.test("ctrl-C that reaches the program twice, directly and through deno task, counts once", () => {
  using clock = useClock();
  using shutdown = listenForShutdown(HOUR, recordingLog().log);
  shutdown.request("SIGINT");
  clock.ms += 200;
  shutdown.request("SIGINT");
  assert.equal(shutdown.interrupt.aborted, false);
});

Deno.test("when the grace is over, the running plugin is ended without a second request", async () => {
  const { log, lines } = recordingLog();
  using shutdown = listenForShutdown(1, log);
  const interrupted = new Promise((resolve) => {
    shutdown.interrupt.addEventListener("abort", resolve, { once: true });
  });
  shutdown.request("SIGTERM");
  await interrupted;
  assert.deepEqual(lines.at(-1)?.fields, { cause: "shutdown_grace is over" });
});

Deno.test("a stop that ends in time leaves no timer and no listener behind", () => {
  const { log, lines } = recordingLog();
  {
    using shutdown = listenForShutdown(HOUR, log);
    shutdown.request("SIGTERM");
  }
  assert.equal(lines.length, 1); // and the sanitizers find nothing left
});
