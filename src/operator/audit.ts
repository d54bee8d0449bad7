import type { ExitCode } from "../base/exit_code.ts";
import { formatJson } from "../base/json.ts";
import { readAudit } from "../reader/owner.ts";
import type { AuditJson } from "./audit_schema.ts";
import type { Seat } from "./command.ts";
import { look } from "./look.ts";
import { print } from "./print.ts";
import { toTime } from "./status_json.ts";
import { type Column, renderTable } from "./table.ts";
import { formatTime } from "./times.ts";

const COLUMNS: readonly Column[] = [
  { title: "WHEN" },
  { title: "USER", atLeast: 8 },
  { title: "COMMAND", atLeast: 20 },
];

/** Prints what operators did, the last first. */
export async function showAudit(
  seat: Seat,
  path: string,
  limit: number,
  asJson: boolean,
): Promise<ExitCode> {
  const now = seat.screen.now();
  const looked = await look(seat, path, (reader) => readAudit(reader, limit));
  if (!looked.ok) return looked.code;
  const deeds = looked.value;
  if (asJson) {
    const json: AuditJson = {
      deeds: deeds.map(({ at, user, command, args }) => (
        { at: toTime(at), user, command, arguments: [...args] }
      )),
    };
    return print(formatJson(json));
  }
  if (deeds.length === 0) return print("No operator has changed anything yet");
  const rows = deeds.map(({ at, user, command, args }) => [
    formatTime(at, now),
    user,
    [command, ...args].join(" "),
  ]);
  return print(renderTable(COLUMNS, rows, seat.screen));
}
