import type { FailureReason } from "../core/ending.ts";
import type { ProcessResult } from "../process/process.ts";
import { parseResponse, type Response } from "./protocol.ts";

/** What one run came to. The response is there whenever stdout held one. */
export type Outcome =
  | { readonly ok: true; readonly response: Response }
  | {
    readonly ok: false;
    readonly reason: FailureReason;
    readonly error: string;
    readonly response?: Response | undefined;
  };

/** Judges a run: exit code 0 and one valid response with `status: ok` make a success. */
export function judge(result: ProcessResult, timeoutMs: number): Outcome {
  if (result.kind === "not spawned") return fail("spawn", result.error);
  const { cause, stdout, stderr } = result;
  if (cause === "timeout") return fail("timeout", `did not end within ${timeoutMs} ms`);
  if (cause === "interrupted") return fail("interrupted", "the gateway was stopped while it ran");
  if (stdout.dropped > 0) {
    const total = stdout.bytes.length + stdout.dropped;
    return fail("output", `wrote ${total} bytes to stdout, the limit is ${stdout.bytes.length}`);
  }
  const parsed = parseResponse(stdout.bytes);
  const response = parsed.ok ? parsed.response : undefined;
  if (result.signal !== undefined) {
    return fail("exit", `ended by ${result.signal}${lastWords(stderr.bytes)}`, response);
  }
  if (result.exitCode !== 0) {
    return fail("exit", `exit code ${result.exitCode}${lastWords(stderr.bytes)}`, response);
  }
  if (!parsed.ok) return fail("protocol", parsed.error);
  if (parsed.response.status === "error") {
    return fail("error", parsed.response.error || "the plugin gave no error text", response);
  }
  return { ok: true, response: parsed.response };
}

function fail(reason: FailureReason, error: string, response?: Response): Outcome {
  return { ok: false, reason, error, response };
}

/** The last line of stderr is where most programs say why they gave up. */
function lastWords(stderr: Uint8Array): string {
  const line = new TextDecoder().decode(stderr).trimEnd().split("\n").at(-1)?.trim() ?? "";
  return line === "" ? "" : `: ${line.slice(0, 200)}`;
}
