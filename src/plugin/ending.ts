import type { Answer, Ending, Reason } from "../core/ending.ts";
import type { Ended } from "../process/process.ts";
import { lastWords } from "./last_words.ts";
import { parseResponse } from "./protocol.ts";
import type { Run } from "./run.ts";

/** The longest error of a run, in bytes of UTF-8. */
const MAX_ERROR_BYTES = 8 * 1024;

/**
 * The outcome of a run: exit code 0 and one valid response with `status: ok` make a success. The
 * first cause wins, so what a plugin writes after SIGTERM does not count. Source:
 * docs/decisions.md, "The first cause wins".
 */
export function decideEnding(run: Run): Ending {
  if (run.kind === "not started") return fail(run.reason, run.error);
  const { cause, stdout, timeoutMs } = run;
  if (cause === "timeout") return fail("timeout", `did not end within ${timeoutMs} ms`);
  if (cause === "interrupted") return fail("interrupted", "the gateway was stopped while it ran");
  if (stdout.dropped > 0) {
    const total = stdout.bytes.length + stdout.dropped;
    return fail("output", `wrote ${total} bytes to stdout, the limit is ${stdout.bytes.length}`);
  }
  const parsed = parseResponse(stdout.bytes);
  const answer = parsed.ok ? parsed.response.answer : undefined;
  const error = parsed.ok ? parsed.response.error : undefined;
  const badExit = describeBadExit(run, error);
  if (badExit !== undefined) return fail("exit", badExit, answer);
  if (!parsed.ok) return fail("protocol", parsed.error);
  if (parsed.response.status === "error") {
    return fail("error", error || "the plugin gave no error text", answer);
  }
  return { ok: true, answer: parsed.response.answer };
}

/** Every error of a run passes through here, so the log and both tables have the same text. */
function fail(reason: Reason, error: string, answer?: Answer): Ending {
  return { ok: false, reason, error: limit(error), answer };
}

/** Cuts an error between two characters if it is too long. */
function limit(error: string): string {
  const { read } = new TextEncoder().encodeInto(error, new Uint8Array(MAX_ERROR_BYTES));
  return read < error.length ? `${error.slice(0, read)} …` : error;
}

/** How the plugin ended, if badly, and why: its own error or, without one, its stderr. */
function describeBadExit(
  { exitCode, signal, stderr }: Ended,
  error: string | undefined,
): string | undefined {
  if (signal === undefined && exitCode === 0) return undefined;
  const end = signal === undefined ? `exit code ${exitCode}` : `ended by ${signal}`;
  const why = error || lastWords(new TextDecoder().decode(stderr.bytes));
  return why === "" ? end : `${end}: ${why}`;
}
