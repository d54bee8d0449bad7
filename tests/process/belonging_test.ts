import fc from "fast-check";
import assert from "node:assert/strict";
import { findMembers, type Owner } from "../../src/process/belonging.ts";
import type { ListedProcess, Listing } from "../../src/process/listing.ts";

const BOOT = "boot";
const SELF = 50;

/** A process that started 10 s after the boot, alone in its group and session, with changes. */
function listed(pid: number, changes: Partial<ListedProcess> = {}): ListedProcess {
  const alone = {
    parent: 1,
    group: pid,
    session: pid,
    hasEnded: false,
    name: "x",
    mark: undefined,
  };
  return { pid, ...alone, startedMs: 10_000, ...changes };
}

/** The pids that belong to an orphan whose job was claimed at 9 s, with a last sign of life at 20 s. */
function pidsOf(
  processes: readonly ListedProcess[],
  changes: Partial<Owner> = {},
  bootId: string | "unknown" = BOOT,
): readonly number[] {
  const began = { bootId: BOOT, fromMs: 9_000, toMs: 20_000 };
  const listing: Listing = {
    bootId: bootId === "unknown" ? undefined : bootId,
    processes: [...processes, listed(SELF, { parent: 49 })],
  };
  const owner = { mark: "j1", session: 100, began, ...changes };
  return findMembers(listing, owner, SELF).members.map(({ pid }) => pid);
}

Deno.test("the recorded session belongs to a job, with every group in it", () => {
  const child = listed(101, { group: 101, session: 100, startedMs: 15_000 });
  assert.deepEqual(pidsOf([listed(100), child, listed(200)]), [100, 101]);
});

Deno.test("one process that started in time vouches for its session, even for what started later", () => {
  const late = listed(101, { session: 100, startedMs: 90_000 });
  assert.deepEqual(pidsOf([listed(100), late]), [100, 101]);
  assert.deepEqual(pidsOf([late]), []);
  assert.deepEqual(pidsOf([listed(100, { startedMs: 90_000, mark: "j1" }), late]), [100, 101]);
});

Deno.test("a process with a recycled pid is left alone, whatever its age", () => {
  for (const startedMs of [0, 7_900, 21_100, 90_000]) {
    const foreign = listed(100, { startedMs });
    assert.deepEqual(pidsOf([foreign]), [], String(startedMs));
    const listing = { bootId: BOOT, processes: [foreign] };
    const began = { bootId: BOOT, fromMs: 9_000, toMs: 20_000 };
    assert.equal(findMembers(listing, { mark: "j1", session: 100, began }, SELF).isRecycled, true);
  }
});

Deno.test("after a reboot, or if the boot is unknown, a pid proves nothing", () => {
  assert.deepEqual(pidsOf([listed(100)], {}, "another"), []);
  assert.deepEqual(pidsOf([listed(100)], {}, "unknown"), []);
  const nothingKnown = { bootId: undefined, fromMs: NaN, toMs: NaN };
  assert.deepEqual(pidsOf([listed(100)], { began: nothingKnown }), []);
});

Deno.test("the whole mark must match, and it counts in any session", () => {
  const marked = listed(300, { mark: "j1", startedMs: 1 });
  assert.deepEqual(pidsOf([marked, listed(301, { mark: "j10" })]), [300]);
});

Deno.test("zombies belong to nobody", () => {
  assert.deepEqual(
    pidsOf([listed(100, { hasEnded: true }), listed(300, { mark: "j1", hasEnded: true })]),
    [],
  );
});

Deno.test("a running program's own session needs no proof", () => {
  assert.deepEqual(pidsOf([listed(100, { startedMs: 1 })], { began: undefined }, "other"), [100]);
});

Deno.test("pid 1, the gateway, its group and its ancestors never belong to a job", () => {
  const id = fc.integer({ min: 1, max: 60 });
  const process = fc.record({ pid: id, parent: id, group: id, session: id });
  const forest = fc.uniqueArray(process, { selector: ({ pid }) => pid, maxLength: 40 });
  fc.assert(fc.property(forest, fc.integer({ min: -2, max: 60 }), (found, session) => {
    const marked = found.map((one) => listed(one.pid, { ...one, mark: "j1" }));
    const processes = marked.some(({ pid }) => pid === SELF) ? marked : [...marked, listed(SELF)];
    const byPid = new Map(processes.map((one) => [one.pid, one]));
    const group = byPid.get(SELF)?.group;
    const owner = { mark: "j1", session, began: undefined };
    const pids = new Set(
      findMembers({ bootId: BOOT, processes }, owner, SELF).members.map(({ pid }) => pid),
    );
    assert.ok(!pids.has(0) && !pids.has(1) && !pids.has(SELF));
    for (const { pid } of processes.filter((one) => one.group === group)) assert.ok(!pids.has(pid));
    const seen = new Set<number>();
    for (let pid = SELF; !seen.has(pid); pid = byPid.get(pid)?.parent ?? 0) {
      assert.ok(!pids.has(pid));
      seen.add(pid);
    }
  }));
});

Deno.test("the first process of the machine, and its session, belong to no job", () => {
  const first = listed(1, { mark: "j1" });
  assert.deepEqual(pidsOf([first]), []);
  const inItsSession = listed(7, { session: 1, group: 1 });
  assert.deepEqual(pidsOf([listed(1), inItsSession], { session: 1 }), []);
});

Deno.test("a process that started just before the claim or just after the last sign of life still belongs to the job", () => {
  for (const startedMs of [8_500, 20_500]) {
    assert.deepEqual(pidsOf([listed(100, { startedMs })]), [100], String(startedMs));
  }
});
