import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { START_FLAGS } from "../../scripts/start_flags.ts";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;
/** Stands in for the program in fault tests; says itself which arguments it takes. */
export const FAULTY_GATEWAY = new URL("../faults/faulty_gateway.ts", import.meta.url).pathname;

const WAIT_MS = 30_000;

/** One parsed log line. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A plugin to write: its script, and its entry in `config.yaml` as YAML flow text. */
export interface TestPlugin {
  readonly script: string;
  readonly entry?: string;
}

/** Polls until `condition` gives something, and fails naming `what` after half a minute. */
export async function until<T>(
  what: string,
  condition: () => T | undefined | false,
  evidence: () => string = () => "",
): Promise<T> {
  for (const deadline = Date.now() + WAIT_MS; Date.now() < deadline;) {
    const value = condition();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return assert.fail(`waited in vain for: ${what}\n${evidence()}`);
}

/** Whether a process exists and is not a zombie. */
export function isAlive(pid: number): boolean {
  const { code, stdout } = new Deno.Command("ps", { args: ["-o", "stat=", "-p", String(pid)] })
    .outputSync();
  return code === 0 && !new TextDecoder().decode(stdout).startsWith("Z");
}

/** How to start the program, where that is not the usual way. */
export interface StartOptions {
  readonly args?: readonly string[];
  /** What stands in for the program in fault tests. */
  readonly main?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A file to log to, in place of a pipe to the test. */
  readonly stdoutPath?: string;
}

/** A folder that {@link createSite} made. */
export type Site = ReturnType<typeof createSite>;

/** A temporary folder with a config and plugins, in which gateways can be started. */
export function createSite(plugins: Readonly<Record<string, TestPlugin>>, service = "") {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-site-" }));
  const entries = Object.entries(plugins).map(([name, plugin]) => {
    writePlugin(`${folder}/plugins/${name}`, name, plugin.script);
    return `  ${name}: ${plugin.entry ?? "{ schedule: { every: 1h } }"}`;
  });
  Deno.writeTextFileSync(
    `${folder}/config.yaml`,
    `service: { tick_interval: 100ms, log_level: debug ${service && `, ${service}`} }\n` +
      `plugins:\n${entries.join("\n")}\n`,
  );
  const started: GatewayProcess[] = [];

  return {
    folder,
    start(options: StartOptions = {}) {
      const args = ["start", "--config", `${folder}/config.yaml`];
      const gateway = startGateway({ args, ...options }, folder);
      started.push(gateway);
      return gateway;
    },
    /** All rows of a query on the gateway's database. */
    query(sql: string): Record<string, unknown>[] {
      using db = new DatabaseSync(`${folder}/data/state.db`, { timeout: 5_000 });
      return db.prepare(sql).all().map((row) => ({ ...row }));
    },
    /** Runs statements on the gateway's database, as an operator would. */
    execute(sql: string): void {
      using db = new DatabaseSync(`${folder}/data/state.db`, { timeout: 5_000 });
      db.exec(sql);
    },
    async killAll(): Promise<void> {
      for (const gateway of started) await gateway.kill();
    },
    async [Symbol.asyncDispose]() {
      for (const gateway of started) await gateway.kill();
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

/** Writes a plugin folder with its manifest and its executable. */
export function writePlugin(folder: string, name: string, script: string): void {
  Deno.mkdirSync(folder, { recursive: true });
  Deno.writeTextFileSync(
    `${folder}/manifest.yaml`,
    `name: ${name}\nprotocol: 1\nentrypoint: run.sh\ncommands: [poll]\n`,
  );
  Deno.writeTextFileSync(`${folder}/run.sh`, script);
  Deno.chmodSync(`${folder}/run.sh`, 0o755);
}

/** A started gateway. */
export type GatewayProcess = ReturnType<typeof startGateway>;

function startGateway(options: StartOptions, cwd: string) {
  const main = options.main ?? MAIN;
  const args = ["run", "--quiet", ...START_FLAGS, main, ...options.args ?? []];
  const [command, ...rest] = options.stdoutPath === undefined
    ? [Deno.execPath(), ...args]
    : ["sh", "-c", `exec "$0" "$@" > ${options.stdoutPath}`, Deno.execPath(), ...args];
  const child = new Deno.Command(command ?? "", {
    args: rest,
    cwd,
    env: { SECRET_OF_THE_GATEWAY: "never seen", NO_COLOR: "1", ...options.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const pause = createPause();
  const lines: string[] = [];
  const stdout = child.stdout.getReader();
  const reading = readLines(stdout, (line) => lines.push(line), pause);
  const stderr: string[] = [];
  const readingErrors = readLines(child.stderr.getReader(), (line) => stderr.push(line));
  const log = () => lines.map((line): LogLine => JSON.parse(line));
  const evidence = () => [...lines, ...stderr].join("\n");
  const code = child.status.then((status) => status.code);
  const exit = Promise.all([code, reading, readingErrors]).then(() => code);

  return {
    pid: child.pid,
    /** The exit code, as soon as the process has ended. */
    code,
    /** The exit code, once all that it wrote has been read. */
    exit,
    lines,
    stderr,
    log,
    evidence,
    /** The first log line with this message (and these fields), once it is there. */
    logged(message: string, fields: LogLine = {}): Promise<LogLine> {
      return until(
        `log line "${message}"`,
        () =>
          log().find((line) =>
            line.message === message &&
            Object.entries(fields).every(([key, value]) => line[key] === value)
          ),
        evidence,
      );
    },
    /** Waits until there are `times` log lines with this message. */
    loggedTimes(message: string, times: number): Promise<true | undefined> {
      return until(
        `${times} log lines "${message}"`,
        () => log().filter((line) => line.message === message).length >= times || undefined,
        evidence,
      );
    },
    /** Goes away as the reader of the log. */
    closeStdout: () => stdout.cancel(),
    /** Leaves the log unread for a while. */
    pauseReading: pause.begin,
    resumeReading: pause.end,
    signal: (signal: Deno.Signal) => child.kill(signal),
    /** As {@link signal}, where the program may have ended already. */
    trySignal: (signal: Deno.Signal) => signalIfAlive(child, signal),
    async stop(): Promise<number> {
      child.kill("SIGTERM");
      return await exit;
    },
    async kill(): Promise<void> {
      pause.end();
      signalIfAlive(child, "SIGKILL");
      await exit;
    },
  };
}

/** Deno says by a TypeError that a child has ended. */
function signalIfAlive(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

async function readLines(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  take: (line: string) => void,
  pause = createPause(),
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    await pause.over();
    const lines = (rest + decoder.decode(chunk.value, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(take);
  }
}

function createPause() {
  let pause: PromiseWithResolvers<void> | undefined;
  return {
    begin(): void {
      pause ??= Promise.withResolvers();
    },
    end(): void {
      pause?.resolve();
      pause = undefined;
    },
    over: (): Promise<void> | undefined => pause?.promise,
  };
}
