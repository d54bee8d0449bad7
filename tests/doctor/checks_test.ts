import assert from "node:assert/strict";
import { UNTRIED } from "../../src/core/breaker.ts";
import { CHECKS } from "../../src/doctor/checks.ts";
import type { Facts } from "../../src/doctor/facts.ts";
import { examine } from "../../src/doctor/finding.ts";
import { parseSpan } from "../../src/doctor/unit.ts";
import {
  DAY,
  file,
  healthy,
  HOUR,
  MINUTE,
  NOW,
  unwell,
  withGateway,
  withTables,
} from "../support/facts.ts";
import { runProgram } from "../support/program.ts";
import { run } from "../support/tools.ts";

/** What is wrong, and what the finding says. */
type Case = readonly [id: string, facts: Facts, evidence: RegExp, fix: string];

const RESTART = "sudo systemctl restart senechal-gw.service";
const START = "senechal-gw start --config /etc/senechal/config.yaml";
const NO_UNIT = { machine: { ...healthy.machine, unit: { unknown: "there is no systemctl" } } };
const weather = { name: "weather", status: "enabled", schedule: { everyMs: 5 * MINUTE } } as const;
const { state } = healthy;
const LOCK = state.lock;
assert.ok(typeof LOCK === "object");

const gatewayCases: readonly Case[] = [
  [
    "gateway.silent",
    {
      ...unwell("state", { lock: { ...LOCK, pid: 5000 } }),
      database: withGateway({ pid: 5000, tickAt: NOW - 3 * HOUR }, { life: "silent" }).database,
    },
    /^the last tick was 3 h ago, without a stop; there is no process 5000$/,
    START,
  ],
  [
    "gateway.silent",
    withGateway({ tickAt: NOW - 3 * HOUR }, { life: "silent" }),
    /process 4711 \(deno\) is there$/,
    RESTART,
  ],
  [
    "gateway.version",
    withGateway({ service: { version: "0.0.9" } }),
    /^the gateway that runs is version 0\.0\.9, and this program is \d/,
    RESTART,
  ],
  [
    "config.changed",
    withTables({ digest: "another" }),
    /^\/etc\/senechal\/config.yaml has changed since the gateway read it \(2 d ago\)$/,
    RESTART,
  ],
  [
    "config.changed",
    { ...withTables({ digest: "another" }), ...NO_UNIT },
    /has changed/,
    "kill 4711  # then start it again, as before",
  ],
  [
    "lock.usable",
    unwell("state", { lock: { ...LOCK, obstacle: "it has a second name", pid: undefined } }),
    /^no gateway can take the lock .*senechal-gw.lock: it has a second name$/,
    "mv /var/lib/senechal/senechal-gw.lock /var/lib/senechal/senechal-gw.lock.old" +
    "  # unless a gateway runs",
  ],
  [
    "lock.holder",
    unwell("state", { lock: { ...LOCK, pid: undefined } }),
    /^the gateway is process 4711, but the lock .* names no process; it was deleted or replaced$/,
    RESTART,
  ],
  ["lock.holder", unwell("state", { lock: undefined }), /names no process/, RESTART],
  [
    "lock.holder",
    unwell("state", { lock: { ...LOCK, pid: 99 } }),
    /names process 99; it was deleted or replaced$/,
    RESTART,
  ],
  [
    "lock.holder",
    { ...unwell("state", { lock: { ...LOCK, pid: 99 } }), ...onlyDatabase({ life: "stopped" }) },
    /^process 99 \(sleep\) holds the lock and gives no sign of life, or has the number of/,
    "ps -fp 99  # if it is a gateway, end it; if not, start one",
  ],
  [
    "jobs.orphaned",
    withTables({
      life: "stopped",
      running: [
        { id: "job-1", plugin: "weather", startedAt: NOW - HOUR },
        { id: "job-2", plugin: "weather", startedAt: NOW - HOUR },
      ],
    }),
    /^jobs of weather ran when the gateway ended, and wait for recovery; still there: 99 \(sleep\)$/,
    `${START}  # it ends what is left and runs them again`,
  ],
  [
    "jobs.orphaned",
    withTables({
      life: "stopped",
      running: [{ id: "job-2", plugin: "weather", startedAt: NOW - HOUR }],
    }),
    /none of their processes is left$/,
    `${START}  # it ends what is left and runs them again`,
  ],
  [
    "log.dropped",
    withGateway({ droppedLines: 12 }),
    /^12 lines of the log were lost since the start of the gateway 2 d ago: its reader is too slow$/,
    `${START} >> senechal-gw.log  # a file loses no line; job_log has every run`,
  ],
  [
    "unit.stop-timeout",
    unwell("config", { shutdownGraceMs: 35_000 }),
    /^senechal-gw.service kills the gateway 45 s after .* a stop may take 45 s$/,
    "sudo systemctl edit senechal-gw.service  # [Service] TimeoutStopSec=50s",
  ],
];

const storageCases: readonly Case[] = [
  [
    "state.disk",
    unwell("state", { disk: { type: "nfs4", freeBytes: 10 ** 12, mountedOn: "/mnt" } }),
    /^\/var\/lib\/senechal\/state.db is on nfs4 \(\/mnt\): its lock does not keep/,
    "${EDITOR:-vi} /etc/senechal/config.yaml  # state.path: a file on a local disk",
  ],
  [
    "state.space",
    unwell("state", { disk: { type: "ext4", freeBytes: 99 * 1024 ** 2, mountedOn: "/var" } }),
    /^99 MiB are free on \/var; without space no job runs$/,
    "du -xh /var | sort -h | tail  # then remove what is not needed",
  ],
  [
    "state.opens",
    {
      ...healthy,
      database: { kind: "unusable", error: "its tables are version 9", because: "other" },
    },
    /^its tables are version 9$/,
    `${START}  # it updates the database, or says what to do`,
  ],
  [
    "state.opens",
    { ...unwell("state", { database: undefined }), database: { kind: "forbidden" } },
    /^this user may not read \/var\/lib\/senechal\/state.db, which belongs to user 1000$/,
    'sudo -u "#1000" senechal-gw doctor --config /etc/senechal/config.yaml',
  ],
  [
    "state.integrity",
    { ...healthy, database: { ...tablesOf(healthy), damage: "Tree 7 page 9: bad" } },
    /^\/var\/lib\/senechal\/state.db is damaged: Tree 7 page 9: bad$/,
    'install -m 0600 BACKUP /var/lib/senechal/state.db  # docs/operations.md, "Restore"',
  ],
  [
    "state.integrity",
    {
      ...healthy,
      database: { kind: "unusable", error: "database disk image is malformed", because: "damage" },
    },
    /is damaged: database disk image is malformed$/,
    'install -m 0600 BACKUP /var/lib/senechal/state.db  # docs/operations.md, "Restore"',
  ],
  [
    "state.integrity",
    unwell("state", { lock: { ...LOCK, isMarkedDamaged: true } }),
    /a gateway that found damage left a mark$/,
    'install -m 0600 BACKUP /var/lib/senechal/state.db  # docs/operations.md, "Restore"',
  ],
  [
    "state.wal",
    unwell("state", { walBytes: 65 * 1024 ** 2 }),
    /^\/var\/lib\/senechal\/state.db-wal has 65 MiB: a program that reads/,
    "fuser -v /var/lib/senechal/state.db  # end what reads it for so long",
  ],
  [
    "state.forgotten",
    withTables({ states: ["it's", "weather"] }),
    /^state is kept for it's, which the config no longer names$/,
    `sqlite3 /var/lib/senechal/state.db "DELETE FROM plugin_state WHERE plugin_name IN ('it''s'); ` +
    `DELETE FROM schedule WHERE plugin IN ('it''s')"  # or give a renamed entry its old name back`,
  ],
];

const fileCases: readonly Case[] = [
  [
    "state.writable",
    unwell("state", { folder: file("/var/lib/senechal", 0o702) }),
    /^everyone can write to \/var\/lib\/senechal, and so change what plugins get$/,
    "chmod o-w /var/lib/senechal",
  ],
  [
    "state.writable",
    unwell("state", { beside: [file("/var/lib/senechal/a b", 0o602)] }),
    /^everyone can write to/,
    'chmod o-w "/var/lib/senechal/a b"',
  ],
  [
    "state.private",
    unwell("state", {
      folder: file("/var/lib/senechal", 0o711),
      database: file("/var/lib/senechal/state.db", 0o644),
    }),
    /^everyone can read \/var\/lib\/senechal\/state.db, and so see what plugins store and wrote$/,
    "chmod o-rwx /var/lib/senechal/state.db",
  ],
  [
    "state.owner",
    unwell("state", {
      beside: [file("/var/lib/senechal/state.db-shm", 0o600, { uid: 0 })],
    }),
    /^\/var\/lib\/senechal\/state.db-shm: not of user 1000, to whom the database belongs$/,
    "sudo chown --reference=/var/lib/senechal/state.db /var/lib/senechal/state.db-shm",
  ],
  [
    "config.writable",
    unwell("config", { file: file("/etc/senechal/config.yaml", 0o602) }),
    /^everyone can write to \/etc\/senechal\/config.yaml, and so decide what runs$/,
    "chmod o-w /etc/senechal/config.yaml",
  ],
  [
    "config.private",
    unwell("config", { plainSecrets: ["plugins.mail.config.password"] }),
    /^everyone can read .*config.yaml, which holds plugins.mail.config.password$/,
    "chmod o-r /etc/senechal/config.yaml  # or move the values into files, as ${file:PATH}",
  ],
  [
    "secrets.private",
    unwell("config", { secretFiles: [file("/etc/senechal/token", 0o604)] }),
    /^everyone can read \/etc\/senechal\/token, and so learn secrets of the config$/,
    "chmod o-r /etc/senechal/token",
  ],
  [
    "plugins.writable",
    unwell("plugins", { folder: file("/opt/plugins", 0o777) }),
    /^everyone can write to \/opt\/plugins, and so decide what the gateway runs$/,
    "chmod o-w /opt/plugins",
  ],
  [
    "plugins.writable",
    unwell("plugins", {
      writable: [{ name: "weather", paths: ["/opt/plugins/weather/run.sh"] }],
      refused: [{ name: "weather", codes: ["writable"], error: "run.sh is writable by everyone" }],
    }),
    /^everyone can write to \/opt\/plugins\/weather\/run.sh/,
    "chmod o-w /opt/plugins/weather/run.sh",
  ],
];

const failing = { ...UNTRIED, failures: 40, failingSince: NOW - 26 * HOUR };
const entryCases: readonly Case[] = [
  [
    "entry.refused",
    unwell("plugins", { refused: [{ name: "mail", codes: ["missing"], error: "no folder" }] }),
    /^mail does not run: no folder$/,
    "senechal-gw check --config /etc/senechal/config.yaml",
  ],
  [
    "entry.stale",
    withTables({
      entries: [{
        entry: weather,
        health: { ...failing, lastSuccessAt: NOW - 27 * HOUR },
        last: { reason: "error", error: "connection refused" },
      }],
    }),
    /^weather succeeded 27 h ago for the last time; 40 failures in a row: connection refused$/,
    "senechal-gw log weather --last-failure --config /etc/senechal/config.yaml",
  ],
  [
    "entry.stale",
    withTables({ entries: [{ entry: weather, health: failing, last: undefined }] }),
    /^weather has never succeeded; 40 failures in a row$/,
    "senechal-gw log weather --last-failure --config /etc/senechal/config.yaml",
  ],
  [
    "entry.stale",
    withTables({ entries: [{ entry: weather, health: UNTRIED, last: undefined }] }),
    /^weather has never succeeded$/,
    "senechal-gw why weather --config /etc/senechal/config.yaml",
  ],
  [
    "entry.paused",
    withTables({ pauses: [{ plugin: "weather", pausedAt: NOW - 8 * DAY, until: undefined }] }),
    /^weather was paused 8 d ago, without an end$/,
    "senechal-gw resume weather --config /etc/senechal/config.yaml",
  ],
  [
    "entry.paused",
    withTables({ pauses: [{ plugin: "*", pausedAt: NOW - 8 * DAY, until: NOW + 3 * DAY }] }),
    /^every entry was paused 8 d ago, until in 3 d$/,
    "senechal-gw resume --all --config /etc/senechal/config.yaml",
  ],
  [
    "plugin.interpreter",
    withPlugin({ missingInterpreter: "#!/usr/bin/env ruby: ruby is not in PATH (/bin)" }),
    /^weather cannot start: #!\/usr\/bin\/env ruby: ruby is not in PATH \(\/bin\)$/,
    "${EDITOR:-vi} /opt/plugins/weather/run.sh  # the first line; or install that program",
  ],
  [
    "plugin.interpreter",
    withPlugin({ endsInCrlf: true }),
    /^weather cannot start: the first line of .*run.sh ends in CRLF$/,
    "sed -i 's/\\r$//' /opt/plugins/weather/run.sh",
  ],
];

const machineCases: readonly Case[] = [
  [
    "deno.version",
    unwell("machine", { denoVersion: "3.0.1" }),
    /^this is Deno 3\.0\.1; senechal-gw was tried with Deno 2\.9/,
    "deno upgrade 2.9.0",
  ],
  [
    "deno.inspector",
    unwell("machine", { inspector: { openPort: 9229, opensOnSignal: true } }),
    /^the gateway listens on port 9229: Deno's inspector is open, and every user/,
    RESTART,
  ],
  [
    "deno.sigusr1",
    unwell("machine", { inspector: { openPort: undefined, opensOnSignal: true } }),
    /^SIGUSR1, which any plugin can send, opens Deno's inspector on port 9229, for every user/,
    `env --block-signal=USR1 ${START}  # plugins do not get SIGUSR1 then, either`,
  ],
  [
    "tool.ps",
    unwell("machine", { processes: [] }),
    /^the processes of this machine cannot be listed, so a crash leaves running/,
    "sudo apt-get install procps grep coreutils  # and mount /proc",
  ],
  [
    "tool.setsid",
    unwell("machine", { hasSetsid: false }),
    /^there is no setsid in \/usr\/bin/,
    "sudo apt-get install util-linux",
  ],
  [
    "proc.boot",
    withTables({ boot: undefined }),
    /^the gateway cannot read \/proc\/sys\/kernel\/random\/boot_id/,
    "sudo systemctl edit senechal-gw.service  # [Service] ProcSubset=all",
  ],
  [
    "clock",
    withGateway({ startedAt: NOW + HOUR, tickAt: NOW + 2 * HOUR }),
    /^the start of the gateway is 60 min in the future; its last tick is 2 h in the future: the/,
    "sudo timedatectl set-ntp true  # or set the clock by hand",
  ],
  [
    "clock",
    withTables({ lastEndAt: NOW + 3 * DAY, boot: { at: NOW + MINUTE } }),
    /^the boot of the machine is 60 s in the future; the end of the latest run is 3 d in/,
    "sudo timedatectl set-ntp true  # or set the clock by hand",
  ],
];

const CASES = [...gatewayCases, ...storageCases, ...fileCases, ...entryCases, ...machineCases];

function tablesOf({ database }: Facts) {
  assert.ok(database.kind === "read");
  return database;
}

function onlyDatabase(changes: Parameters<typeof withTables>[0]): Pick<Facts, "database"> {
  return { database: withTables(changes).database };
}

function withPlugin(changes: Partial<Facts["plugins"]["accepted"][number]>): Facts {
  const accepted = healthy.plugins.accepted.map((plugin) => ({ ...plugin, ...changes }));
  return unwell("plugins", { accepted });
}

Deno.test("a healthy installation has one note, on what plugins can read, and every check is made", () => {
  const { findings, made, notMade } = examine(CHECKS, healthy);
  assert.deepEqual([made, notMade], [CHECKS.length, []]);
  assert.deepEqual(findings, [{
    id: "plugin.unconfined",
    severity: "note",
    evidence: "as the gateway's user, these can read /etc/senechal/config.yaml and " +
      "/var/lib/senechal/state.db: weather",
    fix:
      'sudo systemctl edit senechal-gw.service  # limits all of them; SECURITY.md, "Not promised"',
  }]);
});

for (const [id, facts, evidence, fix] of CASES) {
  Deno.test(`${id} is found, and nothing else: ${evidence.source.slice(0, 60)}`, () => {
    const found = examine(CHECKS, facts).findings.filter((one) => one.id !== "plugin.unconfined");
    assert.deepEqual(found.map((one) => one.id), [id]);
    assert.match(found[0]?.evidence ?? "", evidence);
    assert.equal(found[0]?.fix, fix);
  });
}

Deno.test("there are more than twenty checks, and each one has a case here", () => {
  const ids = CHECKS.map((check) => check.id);
  assert.ok(ids.length > 20);
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(
    ids.filter((id) => !CASES.some(([shown]) => shown === id)),
    ["plugin.unconfined"],
  );
});

Deno.test("each fix is a command that a shell can parse", async () => {
  const fixes = CASES.flatMap(([, facts]) => examine(CHECKS, facts).findings.map(({ fix }) => fix));
  const { code, stderr } = await run("bash", ["-nc", fixes.join("\n")]);
  assert.deepEqual([code, stderr], [0, ""]);
  for (const fix of fixes) assert.match(fix, /^[a-z$]/);
});

Deno.test("each command of this program in a fix exists", async () => {
  const { stdout } = await runProgram(["complete", ""]);
  const fixes = CASES.flatMap(([, facts]) => examine(CHECKS, facts).findings.map(({ fix }) => fix));
  const named = fixes.flatMap((fix) => /senechal-gw ([a-z-]+) /.exec(fix)?.[1] ?? []);
  assert.ok(new Set(named).size > 3);
  for (const name of named) assert.ok(stdout.split("\n").includes(name), name);
});

Deno.test("the unit in contrib/ gives a stop the time that it takes by default", () => {
  const unit = Deno.readTextFileSync(new URL("../../contrib/senechal-gw.service", import.meta.url));
  const [, said = ""] = /^TimeoutStopSec=(.*)$/m.exec(unit) ?? [];
  const stopTimeoutMs = parseSpan(said) ?? 0;
  const facts = unwell("machine", { unit: { name: "senechal-gw.service", stopTimeoutMs } });
  const ids = examine(CHECKS, facts).findings.map(({ id }) => id);
  assert.deepEqual([stopTimeoutMs > 0, ids], [true, ["plugin.unconfined"]]);
});

/** What is no fault. */
const HARMLESS: readonly (readonly [what: string, facts: Facts])[] = [
  ["a folder that lets nobody in protects what is in it", {
    ...healthy,
    state: { ...state, database: file("/var/lib/senechal/state.db", 0o644) },
  }],
  ["a sticky folder of plugins, in which others can only add", {
    ...unwell("plugins", { folder: file("/opt/plugins", 0o1777) }),
  }],
  ["files that a group may read and write", {
    ...healthy,
    config: {
      ...healthy.config,
      file: file("/c.yaml", 0o660),
      secretFiles: [file("/token", 0o660)],
      plainSecrets: ["a"],
    },
    plugins: { ...healthy.plugins, folder: file("/opt/plugins", 0o770) },
    state: {
      ...state,
      folder: file("/var/lib/senechal", 0o775),
      database: file("/var/lib/senechal/state.db", 0o660),
    },
  }],
  ["failures for less than a day, however many", {
    ...withTables({
      entries: [{
        entry: weather,
        health: { ...failing, failingSince: NOW - 23 * HOUR },
        last: undefined,
      }],
    }),
  }],
  ["a public config without secrets", unwell("config", { file: file("/c.yaml", 0o644) })],
  ["a private config with secrets", {
    ...unwell("config", { plainSecrets: ["a"], file: file("/c.yaml", 0o640) }),
  }],
  ["a gateway that was stopped", withTables({ life: "stopped", digest: "another" })],
  ["the lock of a command that runs one job", {
    ...unwell("state", { lock: { ...LOCK, pid: 99, isCommand: true } }),
    ...onlyDatabase({ life: "stopped" }),
  }],
  ["the lock of a gateway that was killed", {
    ...unwell("state", { lock: { ...LOCK, pid: 5000 } }),
    ...onlyDatabase({ life: "stopped" }),
  }],
  ["jobs that run under a gateway that lives", {
    ...withTables({ running: [{ id: "job-1", plugin: "weather", startedAt: NOW }] }),
  }],
  ["a success one day ago, within three intervals", {
    ...withTables({
      entries: [{
        entry: { ...weather, schedule: { everyMs: DAY } },
        health: { ...failing, lastSuccessAt: NOW - 3 * DAY },
        last: undefined,
      }],
    }),
  }],
  ["an old success, after a start a moment ago", {
    ...withGateway({ startedAt: NOW - MINUTE }, {
      entries: [{
        entry: weather,
        health: { ...UNTRIED, lastSuccessAt: NOW - 30 * DAY },
        last: undefined,
      }],
    }),
  }],
  ["a short pause, one that is over, and no success while paused", {
    ...withTables({
      pauses: [
        { plugin: "weather", pausedAt: NOW - 6 * DAY, until: undefined },
        { plugin: "mail", pausedAt: NOW - 60 * DAY, until: NOW - DAY },
      ],
      entries: [{ entry: weather, health: failing, last: undefined }],
    }),
  }],
  ["a disabled entry that fails", {
    ...withTables({
      entries: [{ entry: { ...weather, status: "disabled" }, health: failing, last: undefined }],
    }),
  }],
  ["a Mac without setsid and boot id", {
    ...withTables({ boot: undefined }),
    machine: { ...healthy.machine, os: "darwin", hasSetsid: false },
  }],
  ["a unit that waits for ever", {
    ...unwell("machine", { unit: { name: "senechal-gw.service", stopTimeoutMs: Infinity } }),
  }],
  ["clocks of two processors", withGateway({ tickAt: NOW + 5_000 })],
];
for (const [what, facts] of HARMLESS) {
  Deno.test(`no finding: ${what}`, () => {
    const { findings } = examine(CHECKS, facts);
    assert.deepEqual(findings.map(({ id }) => id), ["plugin.unconfined"]);
  });
}

Deno.test("no fix edits a unit of systemd where none runs the gateway", () => {
  const { findings } = examine(CHECKS, { ...withTables({ boot: undefined }), ...NO_UNIT });
  assert.deepEqual(findings.map(({ fix }) => fix), [
    "sudo mount -t proc proc /proc  # where the gateway runs",
    'sudo useradd --system senechal-plugin  # a user for plugins; SECURITY.md, "Not promised"',
  ]);
});

Deno.test("what cannot be checked says why, and is no finding", () => {
  const why = (facts: Facts) => {
    const { findings, notMade, made } = examine(CHECKS, facts);
    assert.ok(findings.every(({ severity }) => severity === "note"), JSON.stringify(findings));
    assert.equal(made + notMade.length, CHECKS.length);
    return notMade;
  };
  assert.deepEqual(why({ ...healthy, ...NO_UNIT }), [
    { id: "unit.stop-timeout", why: "there is no systemctl" },
  ]);
  assert.deepEqual(why(unwell("state", { disk: undefined })), [
    { id: "state.disk", why: "df does not tell" },
    { id: "state.space", why: "df does not tell" },
  ]);
  assert.deepEqual(why(unwell("machine", { inspector: undefined })).map(({ id }) => id), [
    "deno.inspector",
    "deno.sigusr1",
  ]);
  const untyped = { type: undefined, freeBytes: 10 ** 12, mountedOn: "/" };
  assert.deepEqual(why(unwell("state", { disk: untyped })).map(({ id }) => id), ["state.disk"]);
  assert.deepEqual(why(unwell("state", { lock: "unreadable" })).map(({ id }) => id), [
    "lock.usable",
    "lock.holder",
  ]);
  const never = why({ ...healthy, database: { kind: "missing" } });
  assert.ok(never.length > 10);
  for (const one of never) assert.equal(one.why, "no gateway has run here yet");
});

Deno.test("findings come by severity, the worst first", () => {
  const facts = unwell("config", {
    file: file("/etc/senechal/config.yaml", 0o646),
    plainSecrets: ["plugins.mail.config.password"],
  });
  assert.deepEqual(examine(CHECKS, facts).findings.map(({ severity }) => severity), [
    "problem",
    "warning",
    "note",
  ]);
});
