import { mutate, type MutatedFile } from "./mutant.ts";

export const PROCESS: readonly MutatedFile[] = [
  mutate(
    "process/belonging.ts",
    ["tests/process/belonging_test.ts"],
    ["one.pid > 1 && ", "", "the first process of a container is ended"],
    ["!one.hasEnded && ", "", "zombies count, and the sweep waits for them"],
    ["!spared.has(one.pid) &&", "true &&", "the gateway ends itself"],
    [
      "one.mark === owner.mark || (isTheirs",
      "(isTheirs",
      "children in their own sessions are not ended",
    ],
    [
      "(isTheirs && inSession.includes(one))",
      "inSession.includes(one)",
      "a stranger with a recycled pid is ended",
    ],
    ["session > 1 && ", "", "a recorded pid of 1 ends the machine's first session"],
    ["bootId === began.bootId &&", "true &&", "after a reboot a stranger is ended"],
    [
      "startedMs >= began.fromMs - TOLERANCE_MS",
      "true",
      "a stranger that started earlier is ended",
    ],
    [
      "startedMs <= began.toMs + TOLERANCE_MS",
      "true",
      "a stranger that started after the crash is ended",
    ],
    [
      "const TOLERANCE_MS = 1_000;",
      "const TOLERANCE_MS = 0;",
      "an orphan that started with its claim is left alone",
    ],
  ),
  mutate(
    "process/listing.ts",
    ["tests/process/listing_test.ts", "tests/dispatcher/holds_test.ts"],
    [
      "pid === one.pid && startedMs === one.startedMs && !hasEnded",
      "pid === one.pid",
      "a recycled pid holds a plugin back forever",
    ],
    [
      'state === "Z" && !(Number(others[13]) > 1)',
      'state === "Z"',
      "a process whose first thread has ended is not ended",
    ],
    [".+)\\n?$/s;", ".+)\\n?$/;", "a process whose name has two lines is not found"],
    ["Number(others[15])", "Number(others[14])", "the start of a process is read wrong"],
    [
      "(?:task\\/\\d+\\/)?",
      "",
      "a process in its own session whose first thread has ended is not found",
    ],
    ["mark: marks.get(pid),", "mark: undefined,", "no process is found by its mark"],
    [
      "known !== undefined && text.startsWith(known)",
      "true",
      "an argument passes for a mark on a Mac",
    ],
  ),
  mutate(
    "process/sweep.ts",
    ["tests/process/sweep_test.ts"],
    [
      "[...members, ...(former?.left.filter(isStill) ?? [])]",
      "[...members]",
      "a child in the middle of an exec overlaps the next run",
    ],
    [
      '? targets.map((target) => signalTarget(target, "SIGKILL"))',
      "? []",
      "a process that ignores SIGTERM lives on",
    ],
    [
      ': toTargets(fresh, listing).map((target) => signalTarget(target, "SIGTERM"));',
      ": [];",
      "no process gets SIGTERM before SIGKILL",
    ],
    [
      "const isGraceOver = elapsedMs >= graceMs;",
      "const isGraceOver = true;",
      "processes get no grace before SIGKILL",
    ],
    ["for (const { pid } of left) termed.add(pid);", "", "a program gets SIGTERM twice"],
    [
      "if (listing === undefined) return fillUnknown(outcomes, owners);",
      "if (listing === undefined) return outcomes;",
      "a sweep that could not list processes is not reported",
    ],
    ["stop?.aborted || ", "", "a stop has no effect during a grace"],
    ["foreign.has(group) ? pid : -group", "-group", "a stranger in the same group is ended"],
  ),
  mutate(
    "process/process.ts",
    ["tests/process/process_test.ts"],
    [
      "for (let turn = 0; turn < 2; turn++) {",
      "for (let turn = 0; turn < 0; turn++) {",
      "a plugin that finished while the gateway was suspended counts as a timeout",
    ],
    [
      "await settlesWithin(Promise.all([stdin.abort().catch(() => {}), fed]), limits.drainMs);",
      "",
      "a request that nobody reads is kept in memory",
      "Deno cancels no write that waits for a reader; without one, the write ends by itself",
    ],
    ["    await stdin.close();\n", "", "a plugin that reads to the end waits forever"],
    [
      "if (options.setsid === undefined || !mayNotHaveStarted(result, options)) return result;",
      "if (result) return result;",
      "a plugin that cannot be started looks like one that failed",
    ],
    [
      'return interrupt.aborted ? "interrupted" : "timeout";',
      'return "timeout";',
      "a stop counts as a timeout, and the job is not run again",
    ],
  ),
  mutate(
    "process/process.ts",
    ["--filter=an onSpawn that throws", "tests/process/process_test.ts"],
    ["    await killAtOnce(owned, limits);\n", "", "a fault leaves its plugin running"],
  ),
  mutate(
    "process/process.ts",
    ["tests/dispatcher/grace_test.ts"],
    ["killGraceMs: 5_000,", "killGraceMs: 15_000,", "a plugin has 15 seconds after its deadline"],
    ["killGraceMs: 5_000,", "killGraceMs: 1_000,", "a plugin has a second after its deadline"],
  ),
  mutate(
    "process/end.ts",
    ["tests/process/process_test.ts"],
    [
      'if (signalGroup(pid, "SIGTERM") === "gone") signalChild(owned.child, "SIGTERM");',
      "",
      "a plugin gets no SIGTERM before SIGKILL",
    ],
    [
      "return await letGo(owned, limits, left, NOTHING);",
      'return await letGo(owned, limits, left, { kind: "ended", left });',
      "a timeout warns of children that the plugin left behind",
    ],
    [
      " && await groupEnds(owned, limits.drainMs)",
      "",
      "a child that closed its output lives on beside the next run",
    ],
    ["if (isHeld) await stopReading(owned);", "", "a pipe that a child holds is read forever"],
  ),
  mutate(
    "process/end.ts",
    ["tests/dispatcher/leftovers_test.ts"],
    [
      'if (left.length > 0) return { kind: "left", left };',
      "",
      "a plugin that cannot be ended overlaps its next run",
    ],
  ),
  mutate(
    "process/start_error.ts",
    ["tests/process/start_error_test.ts"],
    [
      "return more.length === 0 && ",
      "return ",
      "a plugin that writes more than setsid would runs twice",
    ],
    [
      "stdout.length > 0) return false;",
      "false) return false;",
      "a plugin that answered runs twice",
    ],
    [
      "[11, 12, 23, 24, 26, 35]",
      "[11, 12, 23, 24, 35]",
      "a run is lost if the plugin's file is being written",
    ],
    [
      "exitCode === 127 ? await readShebangLine(entrypoint) : undefined",
      "await readShebangLine(entrypoint)",
      "every failing script with CRLF is reported as not started",
    ],
  ),
  mutate(
    "process/bounded_read.ts",
    ["tests/process/bounded_read_test.ts"],
    ["Math.min(value.length, limit - kept)", "value.length", "a flood of output fills the memory"],
    ["dropped += value.length - room;", "", "a truncated answer counts as whole"],
    ["readAll().catch(() => {})", "readAll()", "a pipe that breaks ends the gateway"],
  ),
  mutate(
    "process/ask.ts",
    ["tests/process/ask_test.ts"],
    ['  signalProcess(child.pid, "SIGKILL");\n', "", "a listing that hangs is left running"],
    [
      "    return undefined; // no such program, or no room for another process",
      '    throw new Error("no room");',
      "a full process table ends the gateway",
    ],
  ),
  mutate(
    "process/shebang.ts",
    ["tests/process/shebang_test.ts"],
    [
      "if (!Deno.statSync(path).isFile) return undefined;",
      "",
      "a plugin that becomes a FIFO freezes the gateway",
    ],
  ),
  mutate(
    "process/spawn.ts",
    ["tests/process/process_test.ts"],
    ["clearEnv: true, ", "", "every plugin sees the gateway's environment"],
    [
      "{ ...options, detached: true }",
      "options",
      "without setsid a plugin is in the gateway's own group",
    ],
  ),
];
