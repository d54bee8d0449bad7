import assert from "node:assert/strict";
import { isJsonObject } from "../../src/base/json.ts";
import type { LogLine } from "./gateway_process.ts";
import { until } from "./wait.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const LEFT_OUT = new Set([".git", "data", "dist", "node_modules"]);

/** A copy of the repository in which to run the commands of the docs. */
export type Checkout = ReturnType<typeof createCheckout>;

/** Copies the repository, without build output and stored data. */
export function createCheckout() {
  const parent = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-docs-" }));
  const folder = `${parent}/checkout`;
  copyFolder(ROOT, folder, LEFT_OUT);
  writeShims(`${parent}/bin`);
  const home = `${parent}/home`;
  Deno.mkdirSync(home);
  const env = {
    PATH: `${parent}/bin:${Deno.env.get("PATH") ?? ""}`,
    HOME: home,
    DENO_DIR: findCache(), // that of the new home is empty
  };
  const started: ShellBlock[] = [];
  const exported: string[] = [];
  return {
    folder,
    /** The config file of the reader: what a block has exported, else that of the repository. */
    config(): string {
      const [, path] = /SENECHAL_CONFIG=~(\S+)/.exec(exported.join("\n")) ?? [];
      return path === undefined ? `${folder}/config.yaml` : home + path;
    },
    /** The config and the plugins of the repository that the blocks have changed, added or removed. */
    changes(): readonly string[] {
      const before = readAll(ROOT, ["config.yaml", "plugins"]);
      const after = readAll(`${folder}/`, ["config.yaml", "plugins"]);
      const paths = new Set([...before.keys(), ...after.keys()]);
      return [...paths].filter((path) => before.get(path) !== after.get(path));
    },
    /** Starts a block of shell commands, as a reader of the docs would who types all in one shell. */
    start(script: string): ShellBlock {
      const block = startShell([...exported, script].join("\n"), folder, env);
      exported.push(...script.match(/^ *export .*$/gm) ?? []);
      started.push(block);
      return block;
    },
    async [Symbol.asyncDispose]() {
      for (const block of started) await block.kill();
      Deno.removeSync(parent, { recursive: true });
    },
  };
}

/** Where this Deno keeps the packages that it has fetched. */
export function findCache(): string {
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

/** The texts of files, and of all files in folders, by their paths below `root`. */
function readAll(root: string, paths: readonly string[]): ReadonlyMap<string, string> {
  return new Map(paths.flatMap((path) => {
    if (Deno.statSync(root + path).isFile) return [[path, Deno.readTextFileSync(root + path)]];
    const inner = [...Deno.readDirSync(root + path)].map(({ name }) => `${path}/${name}`);
    return [...readAll(root, inner)];
  }));
}

function copyFolder(from: string, to: string, leftOut: ReadonlySet<string> = new Set()): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isDirectory, isFile } of Deno.readDirSync(from)) {
    if (leftOut.has(name)) continue;
    if (isDirectory) copyFolder(`${from}/${name}`, `${to}/${name}`);
    else if (isFile) Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}

/** Makes `deno` and `npx deno@VERSION` run this Deno; tasks that would run these tests again do nothing. */
function writeShims(folder: string): void {
  const write = (name: string, script: string) => {
    Deno.writeTextFileSync(`${folder}/${name}`, `#!/usr/bin/env bash\n${script}\n`);
    Deno.chmodSync(`${folder}/${name}`, 0o755);
  };
  Deno.mkdirSync(folder);
  write(
    "deno",
    `case "$1 \${2-}" in\n"task test" | "task test:"* | "task bench" | "task check")\n` +
      `  exec "${Deno.execPath()}" eval --quiet 'import settings from "'"$PWD"'/deno.json" ` +
      `with { type: "json" }; if (!settings.tasks[Deno.args[0]]) Deno.exit(1)' "$2" ;;\nesac\n` +
      `exec "${Deno.execPath()}" "$@"`,
  );
  write("npx", `[[ "$1 $2" = "--yes deno@"* ]] && shift 2 && exec deno "$@"`);
}

/** A block of shell commands that was started. */
export type ShellBlock = ReturnType<typeof startShell>;

/** Starts shell commands in their own process group; the first that fails is the last. */
export function startShell(
  script: string,
  cwd: string,
  env: Readonly<Record<string, string>> = {},
) {
  const child = new Deno.Command("bash", {
    args: ["-euo", "pipefail", "-c", script],
    cwd,
    env: { NO_COLOR: "1", ...env },
    detached: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let stdout = "";
  let stderr = "";
  let ended = false;
  const read = (stream: ReadableStream<Uint8Array>, take: (text: string) => void) =>
    stream.pipeThrough(new TextDecoderStream()).pipeTo(new WritableStream({ write: take }));
  const reading = Promise.all([
    read(child.stdout, (text) => stdout += text),
    read(child.stderr, (text) => stderr += text),
    child.status.then(() => ended = true),
  ]);
  const evidence = () => `${script}\n---\n${stdout}${stderr}`;
  const log = () => stdout.split("\n").slice(0, -1).flatMap(parseLogLine);
  const find = (message: string) => log().find((line) => line.message === message);

  async function end(): Promise<number> {
    await until("the end of the block", () => ended, evidence);
    await reading;
    return (await child.status).code;
  }

  return {
    evidence,
    log,
    /** Waits for the last command and returns the exit code. */
    end,
    /** Waits for the line that the gateway of this block logs at its start. */
    started: () => until("the start", () => find("Gateway started"), evidence),
    /** Waits for the gateway of this block until every plugin has had its first run. */
    async ran(): Promise<void> {
      await until("a job of each plugin", () => {
        assert.equal(ended, false, `ended without a run of each plugin\n${evidence()}`);
        const plugins = find("Gateway started")?.plugins;
        const succeeded = log().filter(({ message }) => message === "Job succeeded");
        return Array.isArray(plugins) &&
          plugins.every((name) => succeeded.some(({ plugin }) => plugin === name));
      }, evidence);
    },
    /** Stops the gateway of this block, as ctrl-C or systemd would. */
    async stop(): Promise<number> {
      Deno.kill(Number(find("Gateway started")?.pid), "SIGTERM");
      return await end();
    },
    async kill(): Promise<void> {
      if (!ended) Deno.kill(-child.pid, "SIGKILL");
      await reading;
    },
  };
}

function parseLogLine(text: string): LogLine[] {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) && "message" in value ? [value] : [];
  } catch {
    return []; // a command may print anything
  }
}
