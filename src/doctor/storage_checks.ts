import { forgetByHand } from "../store/entries.ts";
import type { Facts, TableFacts } from "./facts.ts";
import {
  type Check,
  type Found,
  type Judgement,
  NO_DATABASE,
  overTables,
  UNREADABLE,
} from "./finding.ts";
import { doctor, edit, formatSize, list, start, word } from "./shell.ts";

/** The database and the disk under it. */
export const storageChecks: readonly Check[] = [
  { id: "state.disk", severity: "problem", judge: judgeDisk },
  { id: "state.space", severity: "problem", judge: judgeSpace },
  { id: "state.opens", severity: "problem", judge: judgeOpens },
  { id: "state.integrity", severity: "problem", judge: judgeIntegrity },
  { id: "state.wal", severity: "warning", judge: judgeWal },
  { id: "state.forgotten", severity: "warning", judge: overTables(judgeForgotten) },
];

/** File systems of other machines. Source: https://sqlite.org/wal.html, which needs shared memory. */
const REMOTE = new Set([
  ...["nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "9p", "ceph", "glusterfs", "lustre", "beegfs"],
  ...["fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.rclone", "fuse.s3fs", "webdav"],
]);

function judgeDisk({ state: { path, disk }, config }: Facts): Judgement {
  if (disk === undefined) return { notChecked: "df does not tell" };
  if (disk.type === undefined) return { notChecked: "df does not tell the type of a file system" };
  if (!REMOTE.has(disk.type)) return [];
  return [{
    evidence: `${path} is on ${disk.type} (${disk.mountedOn}): ` +
      "its lock does not keep a second machine out, and SQLite may lose data there",
    fix: edit(config.path, "state.path: a file on a local disk"),
  }];
}

/** Less than a write-ahead log of a busy day and a copy of a small database need. */
const LEAST_FREE_BYTES = 100 * 1024 * 1024;

function judgeSpace({ state: { disk } }: Facts): Judgement {
  if (disk === undefined) return { notChecked: "df does not tell" };
  if (disk.freeBytes >= LEAST_FREE_BYTES) return [];
  return [{
    evidence: `${formatSize(disk.freeBytes)} are free on ${disk.mountedOn}; ` +
      "without space no job runs",
    fix: `du -xh ${word(disk.mountedOn)} | sort -h | tail  # then remove what is not needed`,
  }];
}

function judgeOpens(facts: Facts): Judgement {
  const { database, state: { path, folder, database: file } } = facts;
  if (database.kind === "missing") return NO_DATABASE;
  if (database.kind === "forbidden") {
    const owner = file ?? folder;
    return [{
      evidence: `this user may not read ${path}, which belongs to user ${owner?.uid ?? "?"}`,
      fix: `sudo -u ${word(`#${owner?.uid ?? 0}`)} ${doctor(facts)}`,
    }];
  }
  if (database.kind === "read" || database.because === "damage") return [];
  return [{
    evidence: database.error,
    fix: `${start(facts)}  # it updates the database, or says what to do`,
  }];
}

function judgeIntegrity({ database, state }: Facts): Judgement {
  if (database.kind === "missing") return NO_DATABASE;
  if (database.kind === "forbidden") return UNREADABLE;
  if (database.kind === "unusable" && database.because === "other") return UNREADABLE;
  const isMarked = typeof state.lock === "object" && state.lock.isMarkedDamaged;
  const found = database.kind === "unusable" ? database.error : database.damage;
  const said = found ??
    (isMarked ? "a gateway that found damage left a mark" : undefined);
  if (said === undefined) return [];
  return [{
    evidence: `${state.path} is damaged: ${said}`,
    fix: `install -m 0600 BACKUP ${word(state.path)}  # docs/operations.md, "Restore"`,
  }];
}

/** Sixteen times what SQLite moves into the database at once. */
const LARGE_WAL_BYTES = 64 * 1024 * 1024;

function judgeWal({ state: { path, walBytes } }: Facts): readonly Found[] {
  if (walBytes <= LARGE_WAL_BYTES) return [];
  return [{
    evidence: `${path}-wal has ${formatSize(walBytes)}: ` +
      "a program that reads the database keeps it from being moved there",
    fix: `fuser -v ${word(path)}  # end what reads it for so long`,
  }];
}

/** The most names in one statement. */
const MOST_NAMES = 20;

function judgeForgotten({ states }: TableFacts, { config, state }: Facts): readonly Found[] {
  const forgotten = states.filter((name) => !config.names.includes(name));
  if (forgotten.length === 0) return [];
  const sql = forgetByHand(forgotten.slice(0, MOST_NAMES));
  return [{
    evidence: `state is kept for ${list(forgotten)}, which the config no longer names`,
    fix: `sqlite3 ${word(state.path)} ${word(sql)}  # or give a renamed entry its old name back`,
  }];
}
