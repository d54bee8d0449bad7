import fc from "fast-check";
import assert from "node:assert/strict";
import {
  endLeftovers,
  groupIsAlive,
  type Leftovers,
  type Orphan,
  parseElapsed,
  signalGroup,
} from "../../src/process/group.ts";

/** Starts a sleeper in a group of its own; the test that uses it waits for its end. */
function startSleeper(env: Record<string, string> = {}) {
  const child = new Deno.Command("sleep", { args: ["99"], env, detached: true, stdin: "null" })
    .spawn();
  return {
    pid: child.pid,
    status: child.status,
    async [Symbol.asyncDispose]() {
      signalGroup(child.pid, "SIGKILL");
      await child.status;
    },
  };
}

/** What becomes of the processes of one orphan. */
async function leftoversOf(
  known: Omit<Orphan, "mark">,
  now: number,
): Promise<Leftovers | undefined> {
  const orphan = { ...known, mark: `MARK=${known.id}` };
  return (await endLeftovers([orphan], now)).get(orphan.id);
}

Deno.test("the age of a process is read in days, hours, minutes and seconds", () => {
  assert.equal(parseElapsed("00:07"), 7_000);
  assert.equal(parseElapsed("01:02:03"), 3_723_000);
  assert.equal(parseElapsed("2-00:00:01"), 172_801_000);
  assert.equal(parseElapsed("441077234-00:18:40"), 0, "procps, of a process that is just starting");
  const two = (part: number) => String(part).padStart(2, "0");
  const parts = fc.tuple(fc.nat(9_999), fc.nat(23), fc.nat(59), fc.nat(59));
  fc.assert(fc.property(parts, ([d, h, m, s]) => {
    const ms = (((d * 24 + h) * 60 + m) * 60 + s) * 1_000;
    assert.equal(parseElapsed(`${d}-${two(h)}:${two(m)}:${two(s)}`), ms);
  }));
});

Deno.test("a signal to a group that is gone is no error", async () => {
  let pid = 0;
  {
    await using sleeper = startSleeper();
    pid = sleeper.pid;
    assert.equal(groupIsAlive(pid), true);
  }
  assert.equal(groupIsAlive(pid), false);
  signalGroup(pid, "SIGTERM");
});

Deno.test("the group that was noted for an orphan is killed", async () => {
  await using sleeper = startSleeper();
  const orphan = { id: "j1", pid: sleeper.pid, startedAt: Date.now() };
  assert.equal(await leftoversOf(orphan, Date.now()), "killed");
  assert.equal((await sleeper.status).signal, "SIGKILL");
});

Deno.test("a process whose pid was never noted is found by the mark in its environment", async () => {
  const id = crypto.randomUUID();
  await using sleeper = startSleeper({ MARK: id });
  const orphan = { id, pid: undefined, startedAt: Date.now() };
  assert.equal(await leftoversOf(orphan, Date.now()), "killed");
  assert.equal((await sleeper.status).signal, "SIGKILL");
});

Deno.test("a group of the same number that is older than the job is left alone", async () => {
  await using sleeper = startSleeper();
  const anHourFromNow = Date.now() + 3_600_000;
  const orphan = { id: "j1", pid: sleeper.pid, startedAt: anHourFromNow };
  assert.equal(await leftoversOf(orphan, anHourFromNow - 3_600_000), "recycled");
  assert.equal(groupIsAlive(sleeper.pid), true);
});

Deno.test("an orphan of which nothing is left is gone", async () => {
  const orphan = { id: crypto.randomUUID(), pid: undefined, startedAt: Date.now() };
  assert.equal(await leftoversOf(orphan, Date.now()), "gone");
});

Deno.test("of several orphans each is told what became of its own processes", async () => {
  await using sleeper = startSleeper();
  const [left, gone] = ["j1", "j2"].map((id) => ({
    id,
    mark: `MARK=${id}`,
    pid: sleeper.pid,
    startedAt: Date.now(),
  }));
  assert.ok(left !== undefined && gone !== undefined);
  const leftovers = await endLeftovers([left, { ...gone, pid: undefined }], Date.now());
  assert.deepEqual([...leftovers], [["j1", "killed"], ["j2", "gone"]]);
  assert.equal((await sleeper.status).signal, "SIGKILL");
});
