import { resolve } from "node:path";
import { complain } from "../base/complain.ts";
import { ExitCode } from "../base/exit_code.ts";
import { statIfThere } from "../base/file.ts";
import { formatJson } from "../base/json.ts";
import { escapeUnseen } from "../base/unseen.ts";
import {
  type Finding,
  type Findings,
  PROMISES,
  type Verified,
  verifyDatabase,
} from "../verify/verify.ts";
import type { Seat } from "./command.ts";
import { findPlace, orComplain, tryReading } from "./look.ts";
import { print } from "./print.ts";
import { paint, type Screen } from "./screen.ts";
import type { VerifyJson } from "./verify_schema.ts";
import { wrap } from "./wrap.ts";

/** How many findings `--json` shows. */
const MAX_LISTED = 100;

/** How many a person reads. */
const MAX_SHOWN = 20;

/** Prints which rows of a database do not hold. Exit code 1 if there are any. */
export async function showVerified(
  seat: Pick<Seat, "env" | "screen">,
  path: string,
  file: string | undefined,
  asJson: boolean,
): Promise<ExitCode> {
  const place = file === undefined ? await findPlace(seat, path) : undefined;
  if (place?.ok === false) return place.code;
  const database = place?.value.statePath ?? resolve(file ?? "");
  if (file !== undefined && isMissing(database)) {
    complain(escapeUnseen(`Cannot verify ${database}: there is no such file`));
    return ExitCode.failure;
  }
  const verified = orComplain(tryReading(() => verifyDatabase(database, MAX_LISTED)));
  if (!verified.ok) return verified.code;
  const text = asJson
    ? formatJson(toJson(verified.value, database))
    : renderVerified(verified.value, database, seat.screen);
  const printed = print(text);
  return isSound(verified.value) ? printed : ExitCode.failure;
}

/** False for what cannot be looked at: reading it says why. */
function isMissing(path: string): boolean {
  try {
    return statIfThere(path) === undefined;
  } catch {
    return false;
  }
}

function isSound({ broken }: Verified): boolean {
  return broken.shown.length === 0;
}

function toJson(verified: Verified, database: string): VerifyJson {
  const { jobs, attempts, entries, broken, notes } = verified;
  const list = ({ shown }: Findings) =>
    shown.map((one) => ({ ...one, why: PROMISES[one.promise] }));
  return {
    ...{ database, ok: isSound(verified), jobs, attempts, entries },
    ...{ broken: list(broken), more: broken.more },
    ...{ notes: list(notes), more_notes: notes.more },
  };
}

/** The findings by promise, and a last line that says whether all hold. */
export function renderVerified(
  verified: Verified,
  database: string,
  screen: Pick<Screen, "columns" | "useColors">,
): string {
  const { jobs, attempts, entries, broken, notes } = verified;
  const count = broken.shown.length + broken.more;
  const checked = [plural(jobs, "job"), plural(attempts, "attempt"), plural(entries, "entry")];
  const sum = count === 0
    ? `Every promise holds: ${checked.join(", ")}`
    : `${count === 1 ? "1 row does" : `${count} rows do`} not hold`;
  return [
    ...renderFindings(broken, screen),
    ...renderFindings(notes, screen),
    paint(`${sum} in ${escapeUnseen(database)}`, count === 0 ? "green" : "red", screen),
  ].join("\n\n");
}

function plural(count: number, word: string): string {
  return count === 1 ? `1 ${word}` : `${count} ${word.replace(/y$/, "ie")}s`;
}

function renderFindings({ shown, more }: Findings, screen: Pick<Screen, "columns">): string[] {
  const first = shown.slice(0, MAX_SHOWN);
  const parts = Object.entries(PROMISES).flatMap(([id, why]) => {
    const own = first.filter(({ promise }) => promise === id);
    return own.length === 0 ? [] : [
      [wrap(`${id}: ${why}`, screen.columns, ""), ...own.map((one) => renderRow(one, screen))]
        .join("\n"),
    ];
  });
  const rest = shown.length - first.length + more;
  return rest === 0 ? parts : [...parts, `and ${rest} more`];
}

function renderRow({ table, key, what }: Finding, { columns }: Pick<Screen, "columns">): string {
  return `  ${wrap(escapeUnseen(`${table} ${key}: ${what}`), columns - 2, "    ")}`;
}
