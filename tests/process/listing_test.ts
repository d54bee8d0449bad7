import assert from "node:assert/strict";
import { listProcesses, parseListing } from "../../src/process/listing.ts";

/** A sleeping process with an environment and, optionally, misleading arguments. */
function startSleeper(mark: string) {
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", 'read x; exit "$x"', "SENECHAL_TEST=argument"],
    env: { SENECHAL_TEST: mark },
    stdin: "piped",
  }).spawn();
  return {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await child.status;
    },
  };
}

Deno.test("a process is listed with its group, session, start and mark", async () => {
  const mark = crypto.randomUUID();
  await using sleeper = startSleeper(mark);
  const listing = await listProcesses("SENECHAL_TEST");
  const found = listing?.processes.filter((one) => one.mark === mark);
  assert.deepEqual(found?.map(({ pid, name }) => [pid, name]), [[sleeper.pid, "sh"]]);
  const self = listing?.processes.find(({ pid }) => pid === Deno.pid);
  assert.equal(self?.group, found?.[0]?.group);
  assert.equal(self?.session, found?.[0]?.session);
  assert.ok((found?.[0]?.startedMs ?? 0) >= (self?.startedMs ?? Infinity));
  assert.match(listing?.bootId ?? "", /^[0-9a-f-]{36}$/);
});

Deno.test("an argument that looks like the mark does not count", async () => {
  await using sleeper = startSleeper("by environment");
  const listing = await listProcesses("SENECHAL_TEST");
  assert.deepEqual(
    listing?.processes.filter(({ mark }) => mark !== undefined).map(({ pid, mark }) => [pid, mark]),
    [[sleeper.pid, "by environment"]],
  );
});

Deno.test("without /proc, ps gives the same except session and start", () => {
  const listing = parseListing(
    "\n  7 sleep T=argument\n  8 sh -c x\n\0" +
      "    7     1     7 S    sleep T=argument HOME=/ T=j1 A=b\n" +
      "    8     7     7 Z+   sh -c x T=\n    9 8 9 S late T=j2\n",
    "T",
  );
  assert.equal(listing?.bootId, undefined);
  assert.deepEqual(
    listing?.processes.map((one) => [one.pid, one.parent, one.group, one.hasEnded, one.mark]),
    [[7, 1, 7, false, "j1"], [8, 7, 7, true, ""], [9, 8, 9, false, undefined]],
  );
});

/** What `grep` prints of a process: `fields` follow its name. */
function statOf(pid: number, name: string, { state = "S", threads = 1 } = {}): string {
  const rest = `${state} 1 7 7 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 ${threads} 0 4638 1 1`;
  return `/proc/${pid}/stat:${pid} (${name}) ${rest}\n\0`;
}

Deno.test("no name can imitate another column or another process, or hide its own", () => {
  const names = ["a) Z 9 (b", "two\nlines", "x\n/proc/9/stat:9 (y", "/proc/9/environ:T=1", ""];
  const text = names.map((name, n) => statOf(7 + n, name)).join("");
  const listing = parseListing(`boot\n\0${text}`, "T");
  assert.deepEqual(
    listing?.processes.map(({ pid, name, hasEnded, startedMs, mark }) => [
      ...[pid, name, hasEnded, startedMs, mark],
    ]),
    names.map((name, n) => [7 + n, name, false, 46_380, undefined]),
  );
});

Deno.test("a process whose first thread has ended counts as running while another thread runs", () => {
  const zombie = { state: "Z", threads: 1 };
  const text = statOf(7, "a") + statOf(8, "b", zombie) + statOf(9, "c", { ...zombie, threads: 2 });
  const listing = parseListing(`boot\n\0${text}`, "T");
  assert.deepEqual(listing?.processes.map(({ hasEnded }) => hasEnded), [false, true, false]);
});

Deno.test("a process whose first thread has ended is found by the mark of another thread", () => {
  const text = `${statOf(9, "c", { state: "Z", threads: 2 })}/proc/9/task/12/environ:T=job\0`;
  assert.deepEqual(parseListing(`boot\n\0${text}`, "T")?.processes.map(({ mark }) => mark), [
    "job",
  ]);
});

Deno.test("a listing that prints nothing does not count", async () => {
  assert.equal(await listProcesses("T", "exit 1"), undefined);
  assert.equal(await listProcesses("T", "echo boot; printf '\\0'"), undefined);
});
