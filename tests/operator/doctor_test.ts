import assert from "node:assert/strict";
import { CHECKS } from "../../src/doctor/checks.ts";
import type { Finding } from "../../src/doctor/finding.ts";
import { renderReport } from "../../src/operator/doctor.ts";
import { parsePrinted } from "../support/printed.ts";
import { PROGRAM, runProgram } from "../support/program.ts";
import { createSite, type Site } from "../support/site.ts";
import { canMount } from "../support/small_disk.ts";
import { exists, missing, type Ran, run, skipWhere } from "../support/tools.ts";
import { until } from "../support/wait.ts";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;
const OK = `#!/bin/bash\necho '{"status":"ok"}'`;
const ENTRY = "{ schedule: { every: 5m }, config: { token: abc, other: '${file:secret}' } }";

/** How a fixture runs the program: with other tools, or in another way. */
interface Way {
  /** Scripts that stand before, or alone in, the PATH. */
  readonly tools?: Readonly<Record<string, string>>;
  readonly onlyTools?: boolean;
  readonly doctor?: (site: Site) => Promise<Ran>;
}

interface Fixture extends Way {
  readonly id: string;
  readonly arrange?: (site: Site) => void;
  readonly skip?: string | undefined;
}

const isRoot = canMount();
const DATA = "data/state.db";

/** Makes the installation look as if this test were its gateway, for some seconds more on a busy machine. */
function pretend(site: Site, changes = "dropped_lines = 0"): void {
  site.execute(
    `UPDATE heartbeat SET pid = ${Deno.pid}, tick_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+8 seconds'),
      stopped_at = NULL, ${changes}`,
  );
  Deno.writeTextFileSync(`${site.folder}/data/senechal-gw.lock`, `${Deno.pid}\n`);
}

function chmod(path: string, mode: number) {
  return (site: Site) => Deno.chmodSync(`${site.folder}/${path}`, mode);
}

function append(path: string, text: string) {
  return (site: Site) => Deno.writeTextFileSync(`${site.folder}/${path}`, text, { append: true });
}

const df = (type: string, kilobytes: number) =>
  `#!/bin/sh\necho Filesystem\necho "a ${type} 9 9 ${kilobytes} 9% /mnt"\n`;

const systemctl = (properties: string) => `#!/bin/sh\nprintf '${properties}'\n`;

const fixtures: readonly Fixture[] = [
  {
    id: "gateway.silent",
    arrange: (site) =>
      site.execute(`UPDATE heartbeat SET stopped_at = NULL, tick_at = '2026-01-01T00:00:00.000Z',
        pid = 2147483647`),
  },
  {
    id: "gateway.version",
    arrange: (site) => pretend(site, "settings = json_set(settings, '$.version', '0.0.1')"),
  },
  {
    id: "config.changed",
    arrange(site) {
      pretend(site);
      append("config.yaml", "# changed\n")(site);
    },
  },
  { id: "lock.usable", arrange: append("data/senechal-gw.lock", "a list of mine\n") },
  {
    id: "lock.holder",
    arrange(site) {
      pretend(site);
      Deno.writeTextFileSync(`${site.folder}/data/senechal-gw.lock`, "");
    },
  },
  {
    id: "jobs.orphaned",
    arrange: (site) =>
      site.execute(`UPDATE job_queue SET status = 'running', completed_at = NULL
        WHERE seq = (SELECT max(seq) FROM job_queue)`),
  },
  { id: "log.dropped", arrange: (site) => site.execute("UPDATE heartbeat SET dropped_lines = 5") },
  {
    id: "unit.stop-timeout",
    tools: {
      systemctl: systemctl(
        "LoadState=loaded\\nMainPID=0\\nTimeoutStopUSec=20s\\nExecStart=$CONFIG\\n",
      ),
    },
  },
  { id: "state.disk", tools: { df: df("nfs4", 10_000_000) } },
  { id: "state.space", tools: { df: df("ext4", 5_000) } },
  { id: "state.opens", arrange: (site) => site.execute("PRAGMA user_version = 99") },
  {
    id: "state.integrity",
    arrange(site) {
      const [row] = site.query(
        "SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size WHERE name = 'audit_at'",
      );
      using file = Deno.openSync(`${site.folder}/${DATA}`, { write: true });
      const size = Number(row?.page_size);
      file.seekSync((Number(row?.rootpage) - 1) * size, Deno.SeekMode.Start);
      file.writeSync(new Uint8Array(size));
    },
  },
  {
    id: "state.wal",
    arrange(site) {
      Deno.writeTextFileSync(`${site.folder}/${DATA}-wal`, "", { mode: 0o600 });
      Deno.truncateSync(`${site.folder}/${DATA}-wal`, 65 * 1024 * 1024);
    },
  },
  {
    id: "state.forgotten",
    arrange: (site) =>
      site.execute("INSERT INTO plugin_state VALUES ('old', '{}', '2026-01-01T00:00:00.000Z')"),
  },
  { id: "state.writable", arrange: chmod("data", 0o702) },
  {
    id: "state.private",
    arrange(site) {
      chmod("data", 0o711)(site);
      chmod(DATA, 0o644)(site);
    },
  },
  {
    id: "state.owner",
    skip: isRoot ? undefined : "this user is not root",
    arrange: (site) => Deno.chownSync(`${site.folder}/data/senechal-gw.lock`, 12345, 12345),
  },
  { id: "config.writable", arrange: chmod("config.yaml", 0o602) },
  { id: "config.private", arrange: chmod("config.yaml", 0o604) },
  { id: "secrets.private", arrange: chmod("secret", 0o604) },
  { id: "plugins.writable", arrange: chmod("plugins/good/run.sh", 0o757) },
  { id: "entry.refused", arrange: chmod("plugins/good/run.sh", 0o600) },
  {
    id: "entry.stale",
    arrange(site) {
      pretend(site, "started_at = '2026-01-01T00:00:00.000Z'");
      site.execute("UPDATE health SET last_success_at = '2026-01-02T00:00:00.000Z'");
    },
  },
  {
    id: "entry.paused",
    arrange: (site) =>
      site.execute(
        "INSERT INTO pauses VALUES ('good', '2026-01-01T00:00:00.000Z', NULL, 'somebody')",
      ),
  },
  {
    id: "plugin.interpreter",
    arrange: (site) =>
      Deno.writeTextFileSync(`${site.folder}/plugins/good/run.sh`, "#!/usr/bin/env no-such-one\n"),
  },
  {
    id: "deno.version",
    async doctor({ folder }) {
      const code = `Object.defineProperty(Deno, "version", { value: { deno: "3.1.0" } });
        await import("file://${MAIN}");`;
      const args = [
        "eval",
        "--quiet",
        code,
        "doctor",
        "--json",
        "--config",
        `${folder}/config.yaml`,
      ];
      return await run(Deno.execPath(), args, { env: { NO_COLOR: "1" } });
    },
  },
  { id: "tool.ps", tools: { df: df("ext4", 10_000_000) }, onlyTools: true },
  {
    id: "tool.setsid",
    skip: isRoot ? undefined : "this user cannot mount",
    async doctor({ folder }) {
      const program = [
        Deno.execPath(),
        ...PROGRAM,
        "doctor",
        "--json",
        "-c",
        `${folder}/config.yaml`,
      ];
      const hide = 'mount --bind /dev/null "$(readlink -f /usr/bin/setsid)" && exec "$@"';
      return await run("unshare", ["--mount", "sh", "-c", hide, "sh", ...program]);
    },
  },
  { id: "proc.boot", arrange: (site) => pretend(site, "boot_id = NULL") },
  {
    id: "clock",
    arrange: (site) => pretend(site, "tick_at = '2099-01-01T00:00:00.000Z'"),
  },
];

/** Writes tools that replace those of the machine, and returns their folder. */
function writeTools({ folder }: Site, tools: Readonly<Record<string, string>>): string {
  const bin = `${folder}/bin`;
  Deno.mkdirSync(bin);
  for (const [name, script] of Object.entries(tools)) {
    Deno.writeTextFileSync(`${bin}/${name}`, script.replace("$CONFIG", `${folder}/config.yaml`), {
      mode: 0o755,
    });
  }
  return bin;
}

async function doctor(site: Site, { tools, onlyTools, doctor }: Way = {}): Promise<Ran> {
  if (doctor !== undefined) return await doctor(site);
  const bin = tools === undefined ? [] : [writeTools(site, tools)];
  const path = onlyTools ? bin : [...bin, Deno.env.get("PATH")];
  return await runProgram(["doctor", "--json"], {
    cwd: site.folder,
    env: { PATH: path.join(":") },
  });
}

/** A healthy installation whose gateway has run once and was stopped. */
async function createHealthy(): Promise<Site> {
  const site = createSite({ good: { script: OK, entry: ENTRY } });
  Deno.writeTextFileSync(`${site.folder}/secret`, "a secret of mine\n", { mode: 0o600 });
  Deno.chmodSync(`${site.folder}/config.yaml`, 0o600);
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  assert.equal(await gateway.stop(), 0);
  return site;
}

Deno.test("doctor finds exactly what is wrong", async (t) => {
  await using model = await createHealthy();
  for (const fixture of fixtures) {
    const severity = CHECKS.find(({ id }) => id === fixture.id)?.severity;
    await t.step({
      name: `${fixture.id}, a ${severity}`,
      ignore: skipWhere(fixture.skip, `doctor and ${fixture.id}`),
      async fn() {
        await using site = createSite({});
        await run("cp", ["-a", `${model.folder}/.`, site.folder]);
        fixture.arrange?.(site);
        const { code, stdout, stderr } = await doctor(site, fixture);
        assert.equal(stderr, "");
        const { ok, findings } = parsePrinted("doctor", stdout);
        const found = findings.filter((one: Finding) => one.severity !== "note");
        assert.deepEqual(found.map((one: Finding) => one.id), [fixture.id], stdout);
        assert.deepEqual([code, ok], severity === "problem" ? [1, false] : [0, true]);
      },
    });
  }
});

Deno.test("each check of doctor has a fixture that the real program finds", () => {
  const notes = CHECKS.filter(({ severity }) => severity === "note").map(({ id }) => id);
  const shown = new Set([...notes, "deno.inspector", ...fixtures.map(({ id }) => id)]);
  assert.deepEqual([...shown].sort(), CHECKS.map(({ id }) => id).sort());
});

Deno.test("doctor finds nothing wrong with a healthy installation, before, while and after it runs", async () => {
  await using site = createSite({ good: { script: OK } });
  const look = async () => {
    const { code, stdout, stderr } = await runProgram(["doctor"], { cwd: site.folder });
    assert.deepEqual([code, stderr], [0, ""], stdout);
    assert.doesNotMatch(stdout, /^(problem|warning)/m);
    assert.match(stdout, /\nNo problems found; \d+ checks(, \d+ not made)?\n$/);
    return stdout;
  };
  assert.match(
    await look(),
    /^not checked: no gateway has run here yet: gateway.silent, .*clock$/m,
  );
  assert.doesNotMatch(await look(), /may not read the lock/, "there is none");
  assert.throws(() => Deno.statSync(`${site.folder}/data`), "it writes nothing");
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  assert.match(
    await look(),
    /^note: plugin.unconfined: as the gateway's user, these can read .*: good$/m,
  );
  assert.equal(await gateway.stop(), 0);
  await look();
  const again = site.start();
  await again.logged("Gateway started");
  assert.equal(await again.stop(), 0, "what it leaves does not disturb a start");
});

Deno.test("doctor shows a line and a fix for each finding, the worst first, and the verdict last", async () => {
  await using site = await createHealthy();
  const { folder } = site;
  chmod("data", 0o702)(site);
  chmod("secret", 0o604)(site);
  chmod("config.yaml", 0o600)(site);
  for (const COLUMNS of ["80", "120"]) {
    const { code, stdout } = await runProgram(["doctor"], { cwd: folder, env: { COLUMNS } });
    assert.equal(code, 1);
    const lines = stdout.split("\n").filter((line) => !line.startsWith("not checked: "));
    assert.deepEqual(lines.map((line) => line.replace(/\d+ checks.*/, "N checks")), [
      `problem: state.writable: everyone can write to ${folder}/data, and so change what plugins get`,
      `  fix: chmod o-w ${folder}/data`,
      `warning: secrets.private: everyone can read ${folder}/secret, and so learn secrets of the config`,
      `  fix: chmod o-r ${folder}/secret`,
      `note: plugin.unconfined: as the gateway's user, these can read ${folder}/config.yaml and ` +
      `${folder}/data/state.db: good`,
      "  fix: sudo useradd --system senechal-plugin  # a user for plugins; SECURITY.md, " +
      '"Not promised"',
      "1 problem, 1 warning; N checks",
      "",
    ]);
  }
});

Deno.test("the fixes of doctor, run by a shell, leave nothing to find", async () => {
  await using site = await createHealthy();
  for (const path of ["data", "config.yaml", "secret", "plugins", "plugins/good/run.sh"]) {
    chmod(path, 0o777)(site);
  }
  const before = parsePrinted("doctor", (await doctor(site)).stdout);
  assert.equal(before.findings.length, 5, JSON.stringify(before.findings));
  const fixes = before.findings.map((one: Finding) => one.fix)
    .filter((fix: string) => fix.startsWith("chmod"));
  const { code, stderr } = await run("bash", ["-euc", fixes.join("\n")]);
  assert.deepEqual([code, stderr], [0, ""]);
  const after = parsePrinted("doctor", (await doctor(site)).stdout);
  assert.deepEqual(after.findings.map((one: Finding) => one.id), ["plugin.unconfined"]);
});

Deno.test("doctor wraps evidence on a terminal, and leaves each fix in one line", () => {
  const finding = {
    id: "state.space",
    severity: "problem",
    evidence: "3 MiB are free on /var; without space no job runs",
    fix: "du -xh /var | sort -h | tail  # then remove what is not needed",
  } as const;
  const screen = { columns: 40, isTerminal: true, useColors: false };
  const report = { findings: [finding], made: 1, notMade: [] };
  assert.deepEqual(renderReport(report, screen).join("\n").split("\n"), [
    "problem: state.space: 3 MiB are free on",
    "    /var; without space no job runs",
    `  fix: ${finding.fix}`,
    "1 problem; 1 check",
  ]);
  assert.equal(renderReport(report, { ...screen, isTerminal: false }).length, 3);
});

Deno.test("doctor says what is wrong with a config that cannot be used, and exits with 78", async () => {
  await using site = createSite({
    good: { script: OK, entry: "{ schedule: { every: nonsense } }" },
  });
  const { code, stdout, stderr } = await runProgram(["doctor"], { cwd: site.folder });
  assert.deepEqual([code, stdout], [78, ""]);
  assert.match(stderr, /^config.yaml:3:\d+: plugins.good.schedule.every: not a duration/);
});

Deno.test("doctor shows neither a secret nor a control character", async () => {
  await using site = createSite({ bad: { script: OK, entry: ENTRY } });
  Deno.writeTextFileSync(`${site.folder}/secret`, "no-such-interpreter\n", { mode: 0o600 });
  Deno.chmodSync(`${site.folder}/config.yaml`, 0o600);
  const path = `${site.folder}/plugins/bad/run.sh`;
  Deno.writeTextFileSync(path, "#!/usr/bin/env no-such-interpreter \x1b[31m\n");
  const { code, stdout } = await runProgram(["doctor"], { cwd: site.folder });
  assert.equal(code, 1);
  assert.match(stdout, /^problem: plugin.interpreter: .*\[secret\]/);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(stdout, /no-such-interpreter|\x1b/);
});

Deno.test("doctor takes no lock: a gateway starts and stops while it looks", async () => {
  await using site = await createHealthy();
  const hung = { df: `#!/bin/sh\n: > ${site.folder}/asked; exec sleep 60\n` };
  const looking = doctor(site, { tools: hung });
  await until("df", () => exists(`${site.folder}/asked`));
  const gateway = site.start();
  await gateway.logged("Gateway started");
  assert.equal(await gateway.stop(), 0);
  const { not_checked } = parsePrinted("doctor", (await looking).stdout);
  const ids = not_checked.map((one: Finding) => one.id);
  assert.ok(ids.includes("state.disk"), "it does not wait for ever for df");
});

Deno.test({
  name: "on a terminal doctor has colours, which NO_COLOR removes",
  ignore: skipWhere(missing("script"), "doctor on a terminal"),
  async fn() {
    await using site = await createHealthy();
    chmod("data", 0o702)(site);
    chmod("secret", 0o604)(site);
    const command = [Deno.execPath(), ...PROGRAM, "doctor"].map((word) => `'${word}'`).join(" ");
    const show = async (NO_COLOR: string) => {
      const { stdout } = await run("script", ["-qec", command, "/dev/null"], {
        cwd: site.folder,
        env: { NO_COLOR },
      });
      return stdout.replaceAll("\r", "");
    };
    const colourful = await show("");
    const plain = await show("1");
    // deno-lint-ignore no-control-regex
    const colours = [...colourful.matchAll(/\x1b\[(\d+)m(\w+)/g)].map(([, n, word]) => [n, word]);
    assert.deepEqual(colours, [["31", "problem"], ["33", "warning"], ["2", "note"], ["31", "1"]]);
    // deno-lint-ignore no-control-regex
    assert.equal(colourful.replaceAll(/\x1b\[\d+m/g, ""), plain);
  },
});

Deno.test("the inspector that SIGUSR1 opens is found, unless the signal is blocked", async () => {
  await using site = await createHealthy();
  const idsOf = async () => {
    const { code, stdout } = await doctor(site);
    const { findings } = parsePrinted("doctor", stdout);
    return [code, ...findings.map((one: Finding) => one.id)];
  };
  const open = site.start();
  await open.logged("Gateway started");
  await open.loggedTimes("Tick", 10); // Deno listens for the signal half a second after its start
  assert.deepEqual(await idsOf(), [0, "plugin.unconfined", "deno.sigusr1"]);
  open.signal("SIGUSR1");
  const listensAt9229 = () => Deno.readTextFileSync("/proc/net/tcp").includes(" 0100007F:240D ");
  await until("the inspector", listensAt9229);
  assert.deepEqual(await idsOf(), [1, "deno.inspector", "plugin.unconfined"]);
  assert.equal(await open.stop(), 0);

  const closed = site.start({ under: ["env", "--block-signal=USR1"] });
  await closed.logged("Gateway started");
  closed.signal("SIGUSR1");
  await closed.loggedTimes("Tick", 10);
  assert.deepEqual(await idsOf(), [0, "plugin.unconfined"]);
  assert.equal(await closed.stop(), 0);
});
