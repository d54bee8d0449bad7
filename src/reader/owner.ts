import { parseJson } from "../base/json.ts";
import type { Pause } from "../core/pause.ts";
import { readRow } from "../sqlite/row.ts";
import { toPause } from "../store/owner.ts";
import type { Reader } from "./reader.ts";

/** Every pause, by the name of its entry, or that of all. */
export function readPauses(reader: Reader): ReadonlyMap<string, Pause> {
  const rows = reader.rows("SELECT plugin, paused_at, until, paused_by FROM pauses");
  return new Map(rows.map(toPause).map((pause) => [pause.plugin, pause]));
}

/** What an operator did. */
export interface DeedFacts {
  /** Milliseconds since the epoch; NaN if unreadable. */
  readonly at: number;
  readonly user: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** What operators did, the last first; at most `limit`. */
export function readAudit(reader: Reader, limit: number): readonly DeedFacts[] {
  return reader.rows(
    "SELECT at, user, command, arguments FROM audit ORDER BY at DESC, id DESC LIMIT ?",
    limit,
  ).map((row) => {
    const { text, time } = readRow("audit", row);
    const parsed = parseJson(text("arguments"));
    return {
      at: time("at") ?? NaN,
      user: text("user"),
      command: text("command"),
      args: parsed.ok && Array.isArray(parsed.value) ? parsed.value.map(String) : [],
    };
  });
}
