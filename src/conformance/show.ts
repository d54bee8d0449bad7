import { encodeRequest, type PluginRequest } from "../plugin/protocol.ts";
import type { Run } from "../plugin/run.ts";
import { type Finding, toFinding } from "./check.ts";
import type { Trial } from "./trial.ts";

/** How much of a text a report shows. */
const SHOWN_CHARS = 160;

/** How much of the end of stderr a report shows: any traceback that a person can read. */
const SHOWN_STDERR_CHARS = 32 * 1024;

/** A finding about a trial: what was sent, what the plugin did, and what it wrote to stderr. */
export function trialFinding(ok: boolean, { request, run }: Trial, got = showRun(run)): Finding {
  return { ...toFinding(ok, got, showRequest(request)), stderr: showStderr(run) };
}

/** Text in quotes, with invisible characters escaped, shortened. */
export function showText(text: string): string {
  if (text.length <= SHOWN_CHARS) return JSON.stringify(text);
  return `${JSON.stringify(text.slice(0, SHOWN_CHARS))} … (${text.length} characters)`;
}

/** Bytes as text if they are UTF-8, else with `\xNN` for each byte that is not plain ASCII. */
export function showBytes(bytes: Uint8Array): string {
  try {
    return showText(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    const shown = [...bytes.subarray(0, SHOWN_CHARS)].map((byte) =>
      byte >= 0x20 && byte < 0x7f
        ? String.fromCharCode(byte)
        : `\\x${byte.toString(16).padStart(2, "0")}`
    );
    const more = bytes.length > SHOWN_CHARS ? ` … (${bytes.length} bytes)` : "";
    return `"${shown.join("")}"${more}`;
  }
}

/** A request as a report shows it: without the values of `config`, which may be secrets. */
export function showRequest(request: PluginRequest): string {
  const config = Object.fromEntries(Object.keys(request.config).map((key) => [key, "…"]));
  const line = new TextDecoder().decode(encodeRequest({ ...request, config })).trimEnd();
  return line.length <= 2 * SHOWN_CHARS
    ? line
    : `${line.slice(0, 2 * SHOWN_CHARS)} … (${line.length} characters)`;
}

/** How a process ended and what it answered. */
export function showRun(run: Run): string {
  if (run.kind === "not started") return run.error;
  const end = run.signal === undefined ? `exit code ${run.exitCode}` : `ended by ${run.signal}`;
  return `${end}, stdout ${showBytes(run.stdout.bytes)}`;
}

/**
 * The lines that a process wrote to stderr, such as a traceback; only the end if they are many.
 * `undefined` if it wrote none.
 */
export function showStderr(run: Run): string | undefined {
  if (run.kind === "not started") return undefined;
  const text = new TextDecoder().decode(run.stderr.bytes).trimEnd();
  if (text === "") return undefined;
  const shown = text.slice(-SHOWN_STDERR_CHARS);
  const before = text.length - shown.length;
  return before > 0 ? `… (${before} characters omitted)\n${shown}` : shown;
}
