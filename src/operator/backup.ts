import { resolve } from "node:path";
import { complain } from "../base/complain.ts";
import { ExitCode } from "../base/exit_code.ts";
import { formatJson } from "../base/json.ts";
import { escapeUnseen } from "../base/unseen.ts";
import { type Backup, backUpDatabase, BackupFailed } from "../sqlite/backup.ts";
import { DatabaseUnusable } from "../sqlite/storage_error.ts";
import { surviveFileSizeLimit } from "../sqlite/storage_retry.ts";
import { STATE_FORMAT } from "../store/format.ts";
import type { BackupJson } from "./backup_schema.ts";
import type { Seat } from "./command.ts";
import { findPlace, type Looked } from "./look.ts";
import { print } from "./print.ts";

/** Copies the database that the config at `path` names to a new file. Exit code 1 if it cannot. */
export async function backUp(
  seat: Pick<Seat, "env">,
  path: string,
  file: string,
  asJson: boolean,
): Promise<ExitCode> {
  const place = await findPlace(seat, path);
  if (!place.ok) return place.code;
  const { statePath } = place.value;
  const copied = await copyTo(statePath, file);
  if (!copied.ok) return copied.code;
  const { bytes, version } = copied.value;
  const result: BackupJson = { database: statePath, backup: resolve(file), bytes, version };
  if (asJson) return print(formatJson(result));
  return print(
    escapeUnseen(`Backed up ${statePath} to ${file}: ${formatBytes(bytes)}, checked`),
  );
}

async function copyTo(statePath: string, file: string): Promise<Looked<Backup>> {
  using _fileSizeLimit = surviveFileSizeLimit();
  try {
    return { ok: true, value: await backUpDatabase(statePath, STATE_FORMAT, file) };
  } catch (error) {
    if (!(error instanceof BackupFailed || error instanceof DatabaseUnusable)) throw error;
    complain(error.message);
    return { ok: false, code: ExitCode.failure };
  }
}

function formatBytes(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
