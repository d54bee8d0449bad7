import type { Answer, Ending, Reason } from "../core/ending.ts";
import type { Ended } from "../process/process.ts";
import { parseResponse } from "./protocol.ts";
import type { Run } from "./run.ts";

/**
 * What a run came to: exit code 0 and one valid response with `status: ok` make a success. The first
 * cause wins, so what a plugin wrote after SIGTERM was sent does not count. Source:
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
  const badExit = describeBadExit(run);
  if (badExit !== undefined) return fail("exit", badExit, answer);
  if (!parsed.ok) return fail("protocol", parsed.error);
  if (parsed.response.status === "error") {
    return fail("error", parsed.response.error || "the plugin gave no error text", answer);
  }
  return { ok: true, answer: parsed.response.answer };
}

function fail(reason: Reason, error: string, answer?: Answer): Ending {
  return { ok: false, reason, error, answer };
}

function describeBadExit({ exitCode, signal, stderr }: Ended): string | undefined {
  if (signal !== undefined) return `ended by ${signal}${lastWords(stderr.bytes)}`;
  return exitCode === 0 ? undefined : `exit code ${exitCode}${lastWords(stderr.bytes)}`;
}

/** The last line of stderr is where most programs say why they gave up. */
function lastWords(stderr: Uint8Array): string {
  const line = new TextDecoder().decode(stderr).trimEnd().split("\n").at(-1)?.trim() ?? "";
  return line === "" ? "" : `: ${line.slice(0, 200)}`;
}
