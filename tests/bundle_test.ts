import assert from "node:assert/strict";
import settings from "../deno.json" with { type: "json" };
import { START_FLAGS } from "../scripts/start_flags.ts";
import { startGateway } from "./support/gateway_process.ts";
import { startShell } from "./support/shell_block.ts";
import { findProgram, missing, type Ran, run, skipWhere } from "./support/tools.ts";

const ROOT = new URL("..", import.meta.url).pathname;
/** How long fetching the base of a compiled program may take. */
const COMPILE_LIMIT_MS = 60_000;

/** Runs a build task, with its output in another place. */
async function build(task: string, output: string): Promise<Ran> {
  const words = task.split(" ");
  assert.equal(words.shift(), "deno");
  const place = words.indexOf("--output") + 1;
  assert.ok(place > 0 && words[place]?.startsWith("dist/"), task);
  words[place] = output;
  const signal = AbortSignal.timeout(COMPILE_LIMIT_MS);
  return await run(Deno.execPath(), words, { cwd: ROOT, env: { NO_COLOR: "1" }, signal });
}

function createEmptyFolder() {
  const path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-bundle-" }));
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

/** An empty folder with the shipped config and plugin, and nothing else of the repository. */
function createFolder() {
  const folder = createEmptyFolder();
  Deno.mkdirSync(`${folder.path}/plugins/echo`, { recursive: true });
  for (const file of ["config.yaml", "plugins/echo/manifest.yaml", "plugins/echo/run.sh"]) {
    Deno.copyFileSync(`${ROOT}${file}`, `${folder.path}/${file}`);
  }
  return folder;
}

/** A PATH without Deno: the plugin `exec` needs the one that runs the gateway. */
async function createBin(path: string): Promise<string> {
  Deno.mkdirSync(path);
  for (const name of ["env", "sh", "df", "setsid", "cat", "grep", "ps"]) {
    const program = findProgram(name);
    if (program !== undefined) Deno.symlinkSync(program, `${path}/${name}`);
  }
  const python = await run("python3", ["-c", "import sys; print(sys.executable)"]); // not a wrapper
  Deno.symlinkSync(python.stdout.trim(), `${path}/python3`);
  return path;
}

/** The prefix that cuts a command off from the network, if this machine allows it. */
async function findNetworkCut(): Promise<string> {
  for (const cut of ["unshare --net", "unshare --map-root-user --net"]) {
    const [program = "", ...args] = [...cut.split(" "), "true"];
    const works = await run(program, args).catch(() => undefined);
    if (works?.code === 0) return cut;
  }
  console.log("SKIPPED running the bundle without a network: there is no usable unshare here");
  return "";
}

/** Asserts that `command` is the whole gateway: it runs the plugin and stops when asked. */
async function assertRuns(command: string, folder: string, denoDir: string): Promise<void> {
  const gateway = startShell(`exec ${command} start`, folder, { DENO_DIR: denoDir });
  try {
    await gateway.ran();
    assert.equal(await gateway.stop(), 0, gateway.evidence());
  } finally {
    await gateway.kill();
  }
  const check = startShell(`exec ${command} quick-check data/state.db`, folder, {
    DENO_DIR: denoDir,
  });
  assert.equal(await check.end(), 0, check.evidence());
  assert.match(check.evidence(), /^whole$/m);
  const version = startShell(`exec ${command} --version`, folder, { DENO_DIR: denoDir });
  assert.equal(await version.end(), 0, version.evidence());
  assert.match(version.evidence(), new RegExp(`^${RegExp.escape(settings.version)}$`, "m"));
  const mistake = startShell(`exec ${command} pause a b`, folder, { DENO_DIR: denoDir });
  assert.equal(await mistake.end(), 2, mistake.evidence());
  assert.match(mistake.evidence(), /^error: unexpected argument 'b'$/m); // the bundle renames classes
}

/** The bundle that `deno task bundle` makes, by default beside the shipped config and plugin. */
async function createBundle(folder = createFolder()) {
  const path = `${folder.path}/senechal-gw.js`;
  const task = settings.tasks.bundle.replace("--allow-write=dist", `--allow-write=${folder.path}`);
  const built = await build(task, path);
  assert.equal(built.code, 0, built.stderr);
  return { ...folder, bundle: path, code: Deno.readTextFileSync(path) };
}

Deno.test("the bundle runs alone: no source, no cache, no network", async () => {
  using folder = await createBundle();
  const files = [...Deno.readDirSync(folder.path)].map(({ name }) => name).sort();
  assert.deepEqual(files, ["config.yaml", "plugins", "senechal-gw.js", "senechal-gw.js.map"]);
  const deno = [Deno.execPath(), "run", "--quiet", "--no-remote", "--cached-only", ...START_FLAGS];
  const command = `${await findNetworkCut()} ${deno.join(" ")} senechal-gw.js`;
  await assertRuns(command, folder.path, `${folder.path}/empty-cache`);
});

Deno.test("the bundle is small, and its first line runs it, under any name, with the permissions of start", async () => {
  using folder = await createBundle();
  assert.ok(folder.code.length <= 480_000, `${folder.code.length} bytes`);
  const [first] = folder.code.split("\n");
  assert.equal(first, `#!/usr/bin/env -S deno run ${START_FLAGS.join(" ")} --no-config`);
  const bin = `${folder.path}/bin`;
  Deno.mkdirSync(bin);
  Deno.symlinkSync(Deno.execPath(), `${bin}/deno`);
  Deno.symlinkSync(folder.bundle, `${bin}/senechal-gw`);
  // Somebody else's project, whose settings must not affect the program.
  Deno.writeTextFileSync(`${folder.path}/deno.json`, `{ "imports": "broken" }`);
  const env = { PATH: `${bin}:${Deno.env.get("PATH")}` };
  const at = { cwd: folder.path, env };
  const good = await run("senechal-gw", ["check"], at);
  assert.deepEqual([good.code, good.stderr], [0, ""]);
  const bad = await run("senechal-gw", ["check", "--config", "nowhere.yaml"], at);
  assert.deepEqual([bad.code, bad.stderr], [78, ""]);
});

Deno.test({
  name: "from an empty folder and the bundle alone: init, start, new, check-plugin, status",
  ignore: skipWhere(missing("python3"), "the first day with the bundle"),
  async fn() {
    using folder = await createBundle(createEmptyFolder());
    const bin = await createBin(`${folder.path}/bin`);
    const cwd = `${folder.path}/home`;
    Deno.mkdirSync(cwd);
    const env = { PATH: bin, HOME: cwd, NO_COLOR: "1" };
    const gw = (...args: string[]) =>
      run(Deno.execPath(), ["run", ...START_FLAGS, folder.bundle, ...args], { cwd, env });

    const init = await gw("init");
    assert.deepEqual([init.code, init.stderr], [0, ""]);
    const gateway = startGateway({ main: folder.bundle, args: ["start"], env }, cwd);
    try {
      await gateway.logged("Job succeeded", { plugin: "exec" });
      const added = await gw("new", "weather", "--lang", "python");
      assert.deepEqual([added.code, added.stderr], [0, ""]);
      const checked = await gw("check-plugin", "weather");
      assert.deepEqual([checked.code, checked.stderr], [0, ""], checked.stdout);
      const status = await gw("status");
      assert.deepEqual([status.code, status.stderr], [0, ""], status.stdout);
      assert.match(status.stdout, /^exec +ok /m);
      assert.equal(await gateway.stop(), 0);
    } finally {
      await gateway.kill();
    }
    const output = gateway.log().filter(({ message }) => message === "Plugin says");
    assert.match(String(output.at(-1)?.text), /% \/$/, "the last line of df");
    const check = await gw("check");
    assert.equal(check.code, 0, check.stdout);
    assert.match(check.stdout, /good; would run exec, weather\n$/);
  },
});

Deno.test("a fault in the bundle is reported with its place in the source", async () => {
  using folder = await createBundle();
  const args = ["run", "--quiet", "--no-prompt", folder.bundle, "start"]; // no permissions
  const ran = await run(Deno.execPath(), args, { cwd: folder.path, env: { NO_COLOR: "1" } });
  assert.notEqual(ran.code, 0);
  assert.match(ran.stderr, / at .*src\/program\.ts:\d+:\d+/);
});

/** Tried once: it needs a base program, which Deno fetches from its server. */
const compiled = createFolder();
const compiling = await build(settings.tasks.compile, `${compiled.path}/senechal-gw`);
const cannotFetch = compiling.code !== 0 && /dl\.deno\.land/.test(compiling.stderr)
  ? "its base runtime cannot be fetched from dl.deno.land"
  : undefined;
if (cannotFetch !== undefined) compiled[Symbol.dispose]();

Deno.test({
  name: "the compiled program runs alone",
  ignore: skipWhere(cannotFetch, "deno compile"),
  async fn() {
    using folder = compiled;
    assert.equal(compiling.code, 0, compiling.stderr);
    await assertRuns("./senechal-gw", folder.path, `${folder.path}/empty-cache`);
  },
});
