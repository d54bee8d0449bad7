import { mutate, type MutatedFile } from "./mutant.ts";

export const GATEWAY: readonly MutatedFile[] = [
  mutate(
    "gateway/start_report.ts",
    ["tests/gateway/start_report_test.ts"],
    [
      'if (plan.unreadable !== undefined) return "unreadable";',
      "",
      "a next run that cannot be read looks like a time",
    ],
    [
      'return plan.nextRunAt <= now ? "now" :',
      'return false ? "now" :',
      "the next run of an overdue plugin is in the past",
    ],
  ),
  mutate(
    "gateway/loop_faults.ts",
    ["tests/gateway/loop_faults_test.ts"],
    [
      "if (isDamage(fault)) held.lock.markDamaged(true);",
      "",
      "a job runs again over a damaged database",
    ],
  ),
  mutate(
    "gateway/gateway.ts",
    ["--filter=is saved at a stop", "tests/faults/database_breaks_test.ts"],
    [
      'await retryStorage("save log", store.saveLog, log, interrupt);',
      "",
      "a stop loses a deleted write-ahead log",
    ],
  ),
  mutate(
    "gateway/keep_database.ts",
    ["--filter=deleted while running is created", "tests/faults/storage_test.ts"],
    ["  onReopened();\n", "", "status knows no entry after the database was deleted"],
  ),
  mutate(
    "gateway/gateway.ts",
    ["--filter=a table that is dropped", "tests/faults/tampered_database_test.ts"],
    [
      "const onOpen = () => hasDatabase = true;",
      "const onOpen = () => {};",
      "a gateway that has run says that it cannot start",
    ],
  ),
  mutate(
    "store/lock.ts",
    ["tests/store/lock_test.ts"],
    [
      "if (!OURS.test(readText(file))) {",
      "if (false) {",
      "the lock overwrites somebody else's file",
    ],
    [
      'return nlink === 1 ? undefined : "it has a second name";',
      "return undefined;",
      "the lock overwrites a file that has another name",
    ],
    [
      'if (!isFile) return "it is not a regular file";',
      "",
      "a link leads the lock to another file",
    ],
  ),
  mutate(
    "store/store.ts",
    ["tests/store/store_test.ts"],
    [
      'if (place() === "log replaced") leaveLog(open.db);',
      "",
      "a deleted write-ahead log is lost",
    ],
    [
      'open.db.isOpen ? open.watch.look() : "closed"',
      "open.watch.look()",
      "a database that returns while it cannot be opened is never opened again",
    ],
    [
      "if (open.db.isOpen) return open;\n",
      "return open;\n",
      "a job that ends while the database is being reopened ends the gateway",
    ],
  ),
  mutate(
    "gateway/wake_file.ts",
    ["tests/gateway/wake_file_test.ts", "tests/program/pause_test.ts"],
    [
      'if (kind === "create" || kind === "modify") onNotice();',
      "",
      "a command takes effect only at the next tick",
    ],
    [
      'kind === "remove" && paths.includes(path)',
      "false",
      "after the folder was deleted commands take effect only at ticks",
    ],
    [
      "    if (found?.isFifo) removeAny(path, found);\n",
      "",
      "a FIFO in the folder keeps the gateway from hearing commands, and from ending",
    ],
  ),
];
