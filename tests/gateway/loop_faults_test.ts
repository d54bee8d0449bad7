import assert from "node:assert/strict";
import { createLoopFaults } from "../../src/gateway/loop_faults.ts";
import { listenForShutdown } from "../../src/gateway/shutdown.ts";
import { DamageFound } from "../../src/sqlite/storage_error.ts";
import { takeLock } from "../../src/store/lock.ts";
import { recordingLog } from "../support/memory.ts";

Deno.test("a fault in a loop ends all loops, and damage is marked before anything waits", () => {
  for (const fault of [new Error("a bug"), new DamageFound("a page is broken")]) {
    const folder = Deno.makeTempDirSync({ prefix: "senechal-faults-" });
    const taken = takeLock(`${folder}/state.db`);
    assert.ok(taken.kind === "taken");
    const { log, lines } = recordingLog();
    using shutdown = listenForShutdown(0, log);
    const life = new AbortController();
    const faults = createLoopFaults(life, shutdown, { lock: taken.lock });
    faults.report(log);
    faults.add(fault);
    assert.equal(taken.lock.isMarkedDamaged, fault instanceof DamageFound);
    assert.equal(shutdown.stop.aborted && life.signal.aborted, true);
    faults.add(new Error("another"));
    assert.throws(() => faults.report(log), fault);
    assert.match(String(lines.at(-1)?.fields.error), /another/);
    taken.lock[Symbol.dispose]();
    Deno.removeSync(folder, { recursive: true });
  }
});
