import type { Answer, Ending, Failure, Reason } from "../core/ending.ts";
import { formatDuration } from "../base/duration.ts";
import { asIs, type Redact } from "../base/redact.ts";
import type { Ended } from "../process/process.ts";
import { lastWords } from "./last_words.ts";
import { parseResponse } from "./protocol.ts";
import type { Run } from "./run.ts";
import { textOfStderr } from "./plugin_log.ts";

/** The exit code of a program that is not set up as it needs. Source: sysexits.h of BSD. */
export const EX_CONFIG = 78;

/** The longest error of a run, in bytes of UTF-8. */
const MAX_ERROR_BYTES = 8 * 1024;

/**
 * The outcome of a run: exit code 0 and one valid response with `status: ok` make a success. The
 * first cause wins, so what a plugin writes after SIGTERM does not count. Source:
 * docs/decisions.md, "The first cause wins".
 *
 * @param redact masks its error and the lines that it has logged; its updates stay as they are.
 */
export function decideEnding(run: Run, redact: Redact = asIs): Ending {
  return show(judge(run, redact), redact);
}

function judge(run: Run, redact: Redact): Ending {
  if (run.kind === "not started") {
    return { ...fail(run.reason, run.error), isFinal: run.isFinal };
  }
  const { cause, stdout, timeoutMs } = run;
  const limit = formatDuration(timeoutMs);
  if (cause === "timeout") return fail("timeout", `did not end within ${limit}`);
  if (cause === "interrupted") return fail("interrupted", "the gateway was stopped while it ran");
  if (stdout.dropped > 0) {
    const total = stdout.bytes.length + stdout.dropped;
    return fail("output", `wrote ${total} bytes to stdout, the limit is ${stdout.bytes.length}`);
  }
  const parsed = parseResponse(stdout.bytes, redact);
  const answer = parsed.ok ? parsed.response.answer : undefined;
  const error = parsed.ok ? parsed.response.error : undefined;
  const badExit = describeBadExit(run, error, redact);
  if (badExit !== undefined) {
    return { ...fail("exit", badExit, answer), isFinal: run.exitCode === EX_CONFIG };
  }
  if (!parsed.ok) return fail("protocol", parsed.error);
  if (parsed.response.status === "error") {
    return fail("error", error || "the plugin gave no error text", answer);
  }
  return { ok: true, answer: parsed.response.answer };
}

function fail(reason: Reason, error: string, answer?: Answer): Failure {
  return { ok: false, reason, error, answer };
}

/** Every ending passes through here, so the log and both tables have the same text. */
function show(ending: Ending, redact: Redact): Ending {
  if (ending.ok) return { ...ending, answer: maskAnswer(ending.answer, redact) };
  const answer = ending.answer && maskAnswer(ending.answer, redact);
  return { ...ending, error: limit(ending.error, redact), answer };
}

function maskAnswer(answer: Answer, redact: Redact): Answer {
  const logs = answer.logs.map((line) => ({ ...line, message: redact(line.message, true) }));
  return { ...answer, logs };
}

/** Masks an error, and cuts it between two characters if it is too long. */
function limit(error: string, redact: Redact): string {
  const beginning = error.slice(0, MAX_ERROR_BYTES);
  const masked = redact(beginning, true);
  const { read } = new TextEncoder().encodeInto(masked, new Uint8Array(MAX_ERROR_BYTES));
  const isCut = read < masked.length || beginning.length < error.length;
  return isCut ? `${masked.slice(0, read)} …` : masked;
}

/** How the plugin ended, if badly, and why: its own error or, without one, its stderr. */
function describeBadExit(
  { exitCode, signal, stderr }: Ended,
  error: string | undefined,
  redact: Redact,
): string | undefined {
  if (signal === undefined && exitCode === 0) return undefined;
  const end = signal === undefined ? `exit code ${exitCode}` : `ended by ${signal}`;
  const why = error || lastWords(textOfStderr(stderr, redact));
  return why === "" ? end : `${end}: ${why}`;
}
