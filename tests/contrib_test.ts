import assert from "node:assert/strict";
import { START_FLAGS } from "../scripts/start_flags.ts";
import { parseDuration } from "../src/base/duration.ts";
import { ExitCode } from "../src/base/exit_code.ts";
import { isJsonObject, type JsonObject } from "../src/base/json.ts";
import { loadConfig } from "../src/config/config.ts";
import { configSchema } from "../src/config/schema.ts";
import { createSite } from "./support/site.ts";
import { missing, run, skipWhere } from "./support/tools.ts";
import { until } from "./support/wait.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const CONTRIB = `${ROOT}contrib`;
const UNIT = Deno.readTextFileSync(`${CONTRIB}/senechal-gw.service`);
const DROP_IN = Deno.readTextFileSync(`${CONTRIB}/senechal-gw-watchdog.conf`);
const DOCKERFILE = Deno.readTextFileSync(`${CONTRIB}/Dockerfile`);
const PLIST = `${CONTRIB}/io.github.senechal-gw.plist`;
const WATCHDOG = `${CONTRIB}/plugins/systemd-watchdog`;

/** How long a stop waits for a slow reader of the log. */
const LONGEST_FLUSH_MS = 5_000;

/** The longest time that a stop takes: the grace, a plugin that ignores SIGTERM, the log. */
const LONGEST_STOP_MS = defaultGraceMs() + killGraceMs() + LONGEST_FLUSH_MS;

function defaultGraceMs(): number {
  return configSchema.parse({ plugins: {} }).service.shutdownGraceMs;
}

function killGraceMs(): number {
  const source = Deno.readTextFileSync(`${ROOT}src/process/process.ts`);
  const [, digits = ""] = /killGraceMs: ([\d_]+)/.exec(source) ?? [];
  return Number(digits.replaceAll("_", ""));
}

/** The values of one setting of a unit file, in the order of the file. */
function settings(unit: string, name: string): string[] {
  return [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value = ""]) => value);
}

/** A temporary folder for one test. */
function tempFolder(): { readonly path: string } & Disposable {
  const path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-contrib-" }));
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

/** Asserts that `command` starts the bundle as `deno task start` starts the source. */
function assertStarts(command: readonly string[], deno: string, bundle: string): void {
  const [program, verb, ...rest] = command;
  assert.deepEqual([program, verb], [deno, "run"]);
  assert.deepEqual(rest.slice(0, START_FLAGS.length), START_FLAGS, "see the task start");
  assert.equal(rest[START_FLAGS.length], bundle);
  const [word, option, config, ...others] = rest.slice(START_FLAGS.length + 1);
  assert.deepEqual([word, option, others], ["start", "--config", []]);
  assert.match(config ?? "", /^\/.*\/config\.yaml$/);
}

const noAnalyze = missing("systemd-analyze");
Deno.test({
  name: "systemd has no complaint about the unit, with and without the drop-in",
  ignore: skipWhere(noAnalyze, "systemd-analyze verify"),
  async fn() {
    using folder = tempFolder();
    const path = `${folder.path}/senechal-gw.service`;
    // It also checks for the program, which is elsewhere on this machine.
    Deno.writeTextFileSync(path, UNIT.replace(/^ExecStart=\S+/m, `ExecStart=${Deno.execPath()}`));
    const verify = () => run("systemd-analyze", ["verify", "--man=no", path]);
    assert.deepEqual(await verify(), { code: 0, stdout: "", stderr: "" });
    Deno.mkdirSync(`${path}.d`);
    Deno.writeTextFileSync(`${path}.d/watchdog.conf`, DROP_IN);
    assert.deepEqual(await verify(), { code: 0, stdout: "", stderr: "" });
    Deno.writeTextFileSync(`${path}.d/wrong.conf`, "[Service]\nNoSuchSetting=1\n");
    assert.match((await verify()).stderr, /NoSuchSetting/, "systemd reads the drop-ins");
  },
});

Deno.test("systemd restarts the gateway after a failure, unless only a person can fix it", () => {
  assert.deepEqual(settings(UNIT, "Restart"), ["on-failure"]);
  const [codes = ""] = settings(UNIT, "RestartPreventExitStatus");
  assert.deepEqual(
    codes.split(" ").map(Number).sort(),
    [ExitCode.lockHeld, ExitCode.badConfig].sort(),
  );
});

Deno.test("at a stop, a running plugin has its grace before systemd, launchd or docker kills it", async () => {
  assert.ok(LONGEST_STOP_MS > defaultGraceMs() && defaultGraceMs() > 0);
  assert.deepEqual(settings(UNIT, "KillMode"), ["mixed"]);
  const [stop = ""] = settings(UNIT, "TimeoutStopSec");
  assert.ok((parseDuration(stop) ?? 0) > LONGEST_STOP_MS, stop);
  const exitTimeOut = /<key>ExitTimeOut<\/key>\s*<integer>(\d+)</
    .exec(await Deno.readTextFile(PLIST))?.[1];
  assert.ok(Number(exitTimeOut) * 1_000 > LONGEST_STOP_MS, exitTimeOut);
  const dockerTimeout = /--stop-timeout (\d+)/.exec(DOCKERFILE)?.[1];
  assert.ok(Number(dockerTimeout) * 1_000 > LONGEST_STOP_MS, dockerTimeout);
});

Deno.test("the unit starts the bundle with the flags of deno task start", () => {
  const [command = ""] = settings(UNIT, "ExecStart");
  assertStarts(command.split(" "), "/usr/local/bin/deno", "/opt/senechal-gw/senechal-gw.js");
});

Deno.test("the example config loads, and puts its data in a folder that the unit may write to", () => {
  const loaded = loadConfig(`${CONTRIB}/config.yaml`, () => undefined);
  assert.ok(loaded.ok, loaded.ok ? "" : loaded.problems.join("\n"));
  const [state = ""] = settings(UNIT, "StateDirectory");
  assert.equal(loaded.config.statePath, `/var/lib/${state}/state.db`);
  assert.equal(loaded.config.pluginsDir, "/opt/senechal-gw/plugins");
});

Deno.test({
  name:
    "the launchd job is a property list that starts the bundle, and restarts it after a failure",
  ignore: skipWhere(missing("python3"), "reading the property list"),
  async fn() {
    const read =
      "import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], 'rb'))))";
    const { code, stdout, stderr } = await run("python3", ["-c", read, PLIST]);
    assert.equal(code, 0, stderr);
    const job: JsonObject = JSON.parse(stdout);
    const { ProgramArguments: command, KeepAlive: keepAlive } = job;
    assert.ok(Array.isArray(command));
    assertStarts(
      command.map(String),
      "/usr/local/bin/deno",
      "/usr/local/opt/senechal-gw/senechal-gw.js",
    );
    assert.deepEqual(keepAlive, { SuccessfulExit: false });
    assert.equal(job.Umask, 0o077);
    assert.ok(isJsonObject(job.EnvironmentVariables));
  },
});

Deno.test("the container starts the bundle under an init", () => {
  const instruction = (name: string): string[] =>
    JSON.parse(new RegExp(`^${name} (\\[.*\\])$`, "m").exec(DOCKERFILE)?.[1] ?? "[]");
  const [init, dashes, ...command] = [...instruction("ENTRYPOINT"), ...instruction("CMD")];
  assert.deepEqual([init, dashes], ["/usr/bin/tini", "--"]);
  assertStarts(command, "/usr/local/bin/deno", "/opt/senechal-gw/senechal-gw.js");
  assert.match(DOCKERFILE, /apt-get install .*\btini\b/);
});

Deno.test("the container is built from files that exist, with the Deno of the tests", () => {
  const copied = [...DOCKERFILE.matchAll(/^COPY (?!--from)(.+) \S+$/gm)]
    .flatMap(([, sources = ""]) => sources.split(" "));
  assert.ok(copied.length > 0);
  const ignoring = Deno.readTextFileSync(`${CONTRIB}/Dockerfile.dockerignore`).split("\n");
  for (const source of copied) {
    assert.ok(Deno.statSync(`${ROOT}${source}`), source);
    assert.ok(ignoring.includes(`!${source}`), `Dockerfile.dockerignore leaves out ${source}`);
  }
  const [, version] = /deno@([\d.]+)/.exec(DOCKERFILE) ?? [];
  assert.match(Deno.readTextFileSync(`${ROOT}.ci/run`), new RegExp(`deno@${version} `));
});

/** Plays the part of systemd: a datagram socket, which Deno has only with an unstable flag. */
const SYSTEMD = `
const socket = Deno.listenDatagram({ transport: "unixpacket", path: Deno.args[0] });
console.log("listening");
for await (const [message] of socket) console.log(new TextDecoder().decode(message));
`;

function listenAsSystemd(path: string) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--no-check", "--unstable-net", SYSTEMD, path],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const received: string[] = [];
  const reading = child.stdout.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({ write: (text) => void received.push(...text.trim().split("\n")) }),
  );
  return {
    got: (message: string) => until(message, () => received.includes(message)),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await reading;
      await child.status;
    },
  };
}

Deno.test({
  name: "the watchdog plugin tells systemd that jobs run",
  ignore: skipWhere(missing("systemd-notify"), "the watchdog plugin"),
  async fn() {
    await using site = createSite({
      "systemd-watchdog": {
        script: Deno.readTextFileSync(`${WATCHDOG}/run.sh`),
        entry: "{ schedule: { every: 1h }, env: [NOTIFY_SOCKET] }",
      },
    });
    Deno.copyFileSync(
      `${WATCHDOG}/manifest.yaml`,
      `${site.folder}/plugins/systemd-watchdog/manifest.yaml`,
    );
    const NOTIFY_SOCKET = `${site.folder}/notify.sock`;
    await using systemd = listenAsSystemd(NOTIFY_SOCKET);
    await systemd.got("listening");
    const gateway = site.start({ env: { NOTIFY_SOCKET } });
    await systemd.got("WATCHDOG=1");
    await gateway.logged("Job succeeded", { plugin: "systemd-watchdog" });
    assert.equal(await gateway.stop(), 0);
  },
});

Deno.test("the watchdog plugin without a socket fails and says what to add", async () => {
  await using site = createSite({
    "systemd-watchdog": { script: Deno.readTextFileSync(`${WATCHDOG}/run.sh`) },
  });
  const gateway = site.start();
  const failed = await gateway.logged("Job failed");
  assert.match(String(failed.error), /NOTIFY_SOCKET: is not set; add env: \[NOTIFY_SOCKET\]/);
  assert.equal(await gateway.stop(), 0);
});
