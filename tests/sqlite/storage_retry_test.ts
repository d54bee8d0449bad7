import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { retryStorage } from "../../src/sqlite/storage_retry.ts";
import { recordingLog } from "../support/memory.ts";

/** What SQLite says if another connection holds the database. */
function lockedError(): unknown {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-lock-" });
  using holder = new DatabaseSync(`${folder}/x.db`);
  using other = new DatabaseSync(`${folder}/x.db`, { timeout: 0 });
  holder.exec("BEGIN EXCLUSIVE");
  try {
    other.exec("CREATE TABLE t (a)");
    return undefined;
  } catch (error) {
    return error;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("a storage step is repeated until it succeeds; failures and success are logged", async () => {
  const { log, lines } = recordingLog();
  let failures = 2;
  const step = () => {
    if (failures-- > 0) throw lockedError();
    return "stored";
  };
  const never = new AbortController().signal;
  assert.deepEqual(await retryStorage("settle", step, log, never), { ok: true, value: "stored" });
  assert.deepEqual(lines.map(({ level, message }) => `${level} ${message}`), [
    "error Storage failed, trying again",
    "error Storage failed, trying again",
    "info Storage works again",
  ]);
  assert.deepEqual(lines.map(({ fields }) => fields.pause_ms), [100, 200, undefined]);
  assert.match(String(lines[0]?.fields.error), /database is locked: another process/);
  assert.equal(lines[2]?.fields.failures, 2);
});

Deno.test("a stop ends the retries, and the log says so", async () => {
  const { log, lines } = recordingLog();
  const stop = new AbortController();
  const step = () => {
    stop.abort();
    throw lockedError();
  };
  assert.deepEqual(await retryStorage("claim", step, log, stop.signal), { ok: false });
  assert.deepEqual(lines.map(({ message }) => message), [
    "Storage failed, giving up: the gateway is stopping",
  ]);
});

Deno.test("a fault that no retry can fix is not repeated", async () => {
  const { log, lines } = recordingLog();
  let calls = 0;
  const step = () => {
    calls++;
    throw new Error("a bug");
  };
  await assert.rejects(retryStorage("claim", step, log, new AbortController().signal), /a bug/);
  assert.deepEqual({ calls, lines }, { calls: 1, lines: [] });
});
