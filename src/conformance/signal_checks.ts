import { join } from "node:path";
import { wait } from "../base/wait.ts";
import type { Run } from "../plugin/run.ts";
import { type Check, type Finding, toFinding } from "./check.ts";
import { showRun, showStderr } from "./show.ts";
import type { Subject } from "./subject.ts";

/** The minimum time for a plugin to start and wait for its input. */
const MIN_START_MS = 250;

/** The exit code of the wrapper if it cannot withhold the input. */
const CANNOT_WITHHOLD = 99;

/** What the plugin must do on SIGTERM. */
export const signalChecks: readonly Check[] = [{
  id: "signal.term",
  title: "the plugin ends on SIGTERM, even while it waits for its input",
  needs: ["run.succeeds"],
  fix: "do not ignore SIGTERM; if you catch it, exit within 5 seconds",
  inspect: inspectTermination,
}];

/**
 * Starts the plugin with an input that never arrives, interrupts it as its deadline would, and
 * checks that it needs no SIGKILL. A plugin that answers without its input has ended by then, which
 * is fine.
 */
async function inspectTermination(subject: Subject): Promise<Finding> {
  const sent = "a stdin that stays open and empty, then SIGTERM";
  const { run: first } = await subject.trial("first");
  const durationMs = first.kind === "ended" ? first.durationMs : 0;
  const startMs = Math.min(Math.max(MIN_START_MS, 2 * durationMs), subject.options.timeoutMs / 2);
  const run = await runWithheld(subject, startMs);
  if (run.kind === "not started") return cannotWithhold(run.error);
  if (run.exitCode === CANNOT_WITHHOLD) return cannotWithhold(showStderr(run) ?? showRun(run));
  const finding = toFinding(run.signal !== "SIGKILL", showRun(run), sent);
  return { ...finding, stderr: showStderr(run) };
}

function cannotWithhold(why: string): Finding {
  const wayOut = "set TMPDIR to a writable folder from which programs can run";
  return { outcome: "skip", got: `skipped: cannot withhold the input: ${why}; ${wayOut}` };
}

async function runWithheld(subject: Subject, startMs: number): Promise<Run> {
  let folder: string | undefined;
  try {
    folder = Deno.makeTempDirSync({ prefix: "senechal-check-" });
    const entrypoint = writeWrapper(folder, subject.plugin().entrypoint);
    using started = wait(startMs, subject.options.interrupt);
    const interrupt = new AbortController();
    started.done.then(() => interrupt.abort());
    const input = new Uint8Array();
    return await subject.run({ entrypoint, input, interrupt: interrupt.signal });
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    const { TMPDIR = "/tmp" } = subject.options.env;
    return { kind: "not started", reason: "spawn", error: `TMPDIR is ${TMPDIR}: ${error.message}` };
  } finally {
    if (folder !== undefined) Deno.removeSync(folder, { recursive: true });
  }
}

/** A script that becomes the plugin. Its stdin is a pipe that stays open: it holds both ends. */
function writeWrapper(folder: string, entrypoint: string): string {
  const pipe = quote(join(folder, "stdin"));
  const path = join(folder, "withhold.sh");
  const script = `#!/bin/sh\nmkfifo ${pipe} || exit ${CANNOT_WITHHOLD}\n` +
    `exec ${quote(entrypoint)} 0<> ${pipe}\n`;
  Deno.writeTextFileSync(path, script, { mode: 0o700 });
  return path;
}

/** Any text as one word for the shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
