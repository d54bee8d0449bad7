import assert from "node:assert/strict";
import { dirname } from "node:path";
import { takeLock } from "../../src/store/lock.ts";

function createFolder() {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-lock-" });
  return {
    statePath: `${folder}/data/state.db`,
    lockPath: `${folder}/data/senechal-gw.lock`,
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

Deno.test("a lock is taken beside the database, in a folder and a file that are the owner's alone", () => {
  using folder = createFolder();
  const taken = takeLock(folder.statePath);
  assert.ok(taken.kind === "taken");
  assert.equal(Deno.readTextFileSync(folder.lockPath), `${Deno.pid}\n`);
  assert.equal((Deno.statSync(folder.lockPath).mode ?? 0) & 0o777, 0o600);
  assert.equal((Deno.statSync(dirname(folder.lockPath)).mode ?? 0) & 0o777, 0o700);
  taken.lock[Symbol.dispose]();
});

Deno.test("a held lock is refused, with the pid of its holder", () => {
  using folder = createFolder();
  const first = takeLock(folder.statePath);
  assert.ok(first.kind === "taken");
  assert.deepEqual(takeLock(folder.statePath), {
    kind: "held",
    path: folder.lockPath,
    holderPid: String(Deno.pid),
  });
  first.lock[Symbol.dispose]();
});

Deno.test("a lock that was let go, or whose holder died, is taken again", () => {
  using folder = createFolder();
  const first = takeLock(folder.statePath);
  assert.ok(first.kind === "taken");
  first.lock[Symbol.dispose]();
  Deno.writeTextFileSync(folder.lockPath, "99999999\n");
  const second = takeLock(folder.statePath);
  assert.ok(second.kind === "taken");
  assert.equal(Deno.readTextFileSync(folder.lockPath), `${Deno.pid}\n`);
  second.lock[Symbol.dispose]();
});

Deno.test("a lock file that cannot be opened says why", () => {
  using folder = createFolder();
  Deno.mkdirSync(folder.lockPath, { recursive: true });
  const refused = takeLock(folder.statePath);
  assert.ok(refused.kind === "unusable");
  assert.match(refused.error, /directory/i);
});
