import { mutate, type MutatedFile } from "./mutant.ts";

const JUDGE = ["tests/doctor/checks_test.ts"];
const GATHER = ["tests/doctor/gather_test.ts"];

export const DOCTOR: readonly MutatedFile[] = [
  mutate(
    "doctor/finding.ts",
    JUDGE,
    ["rank(a) - rank(b)", "rank(b) - rank(a)", "a note stands before a problem"],
    ["made: checks.length - notMade.length,", "made: checks.length,", "a check counts as made"],
  ),
  mutate(
    "doctor/file_checks.ts",
    JUDGE,
    ["(mode & 0o002)", "(mode & 0o022)", "a group that may write is reported as everyone"],
    [" || !isEnterable(folder)", "", "a file in a closed folder is reported as open"],
    [
      "uid !== database.uid",
      "false",
      "files of root keep the gateway from its database, unreported",
    ],
    ["isWritable(folder) && !isSticky", "isWritable(folder)", "a sticky folder is reported"],
    [
      "plainSecrets.length === 0 || !isReadable(file)",
      "plainSecrets.length === 0",
      "a private config is reported",
    ],
  ),
  mutate(
    "doctor/storage_checks.ts",
    JUDGE,
    ["if (disk.freeBytes >= LEAST_FREE_BYTES) return [];", "return [];", "a full disk is well"],
    ["walBytes <= LARGE_WAL_BYTES", "true", "a log that grows for ever is well"],
    ["!config.names.includes(name)", "true", "doctor says how to delete the state of an entry"],
    ["    (isMarked ? ", "    (false ? ", "damage that a gateway found is not told"],
  ),
  mutate(
    "doctor/gateway_checks.ts",
    JUDGE,
    ['if (life !== "silent" || gateway', "if (gateway", "a stopped gateway counts as killed"],
    ["|| digest === now", "", "each config has changed"],
    [" || lock?.isCommand", "", "a command that runs one job is taken for a lost gateway"],
    ["holder.pid === gateway?.pid", "false", "a gateway that hangs is two findings"],
    ["unit.stopTimeoutMs > neededMs", "unit.stopTimeoutMs >= neededMs", "systemd may kill a stop"],
    ['const isGone = life === "stopped" ||', "const isGone = true ||", "jobs that run are orphans"],
  ),
  mutate(
    "doctor/entry_checks.ts",
    JUDGE,
    ['codes.every((code) => code === "writable")', "false", "one cause is two findings"],
    ["Math.max(3 * everyMs, DAY)", "3 * everyMs", "an hour offline is a problem"],
    ["Math.max(3 * everyMs, DAY)", "DAY", "a weekly entry is stale after a day"],
    ["failures === 0 ? Math.max(at, startedAt) : at", "at", "a start after a month off"],
    ["&& !isPaused(tables, name, now)", "", "a paused entry is stale"],
    [
      "isOn(pause, now) && now - pause.pausedAt",
      "now - pause.pausedAt",
      "a pause that is over is reported",
    ],
  ),
  mutate(
    "doctor/machine_checks.ts",
    JUDGE,
    ["at > now + TOLERANCE_MS", "at > now", "two processors make a finding"],
    ['os !== "linux" || life !== "running"', 'life !== "running"', "each Mac has a finding"],
    ["!inspector.opensOnSignal || ", "", "a gateway that blocks SIGUSR1 is warned of it"],
  ),
  mutate(
    "doctor/inspector.ts",
    GATHER,
    ["caught && !blocked", "caught", "a blocked signal seems to open the inspector"],
    ["fields[3] === LISTENS && own.has(fields[9])", "fields[3] === LISTENS", "a foreign listener"],
    ["fields[3] === LISTENS && own", "own", "a connection of the gateway is taken for a listener"],
  ),
  mutate(
    "doctor/unit.ts",
    GATHER,
    ["if (!isOurs) return", "if (false) return", "the unit of another installation is judged"],
    ['if (text === "infinity") return Infinity;', "", "a unit that waits for ever is unreadable"],
  ),
  mutate(
    "doctor/files.ts",
    GATHER,
    ['&& !value.includes("${")', "", "a secret from a file is taken for one in the config"],
    [" || URL_WITH_PASSWORD.test(value)", "", "a password in a URL goes unnoticed"],
  ),
  mutate(
    "doctor/shell.ts",
    GATHER,
    ["if (PLAIN.test(text)) return text;", "return text;", "a fix deletes another file"],
  ),
  mutate(
    "store/lock.ts",
    ["tests/store/lock_test.ts"],
    ["isCommand: run !== undefined,", "isCommand: false,", "a command looks like a gateway"],
    [
      "obstacle: OURS.test(text) ? undefined : OTHER_DATA,",
      "obstacle: undefined,",
      "doctor does not say why no gateway can start",
    ],
  ),
];
