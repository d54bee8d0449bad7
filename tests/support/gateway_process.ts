import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";

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
    /** Starts the program with these arguments; another `main` stands in for it in fault tests. */
    start(args: readonly string[] = ["start", "--config", `${folder}/config.yaml`], main = MAIN) {
      const gateway = startGateway(main, args, folder);
      started.push(gateway);
      return gateway;
    },
    /** All rows of a query on the gateway's database. */
    query(sql: string): Record<string, unknown>[] {
      using db = new DatabaseSync(`${folder}/data/state.db`, { timeout: 5_000 });
      return db.prepare(sql).all().map((row) => ({ ...row }));
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

function startGateway(main: string, args: readonly string[], cwd: string) {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", "--allow-run"],
      ...["--allow-env", main, ...args],
    ],
    cwd,
    env: { SECRET_OF_THE_GATEWAY: "never seen", NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const lines: string[] = [];
  const stdout = child.stdout.getReader();
  const reading = readLines(stdout, (line) => lines.push(line));
  const stderr: string[] = [];
  const readingErrors = readLines(child.stderr.getReader(), (line) => stderr.push(line));
  const log = () => lines.map((line): LogLine => JSON.parse(line));
  const evidence = () => [...lines, ...stderr].join("\n");
  let ended = false;
  const exit = Promise.all([child.status, reading, readingErrors]).then(([status]) => {
    ended = true;
    return status.code;
  });

  return {
    pid: child.pid,
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
    signal: (signal: Deno.Signal) => child.kill(signal),
    async stop(): Promise<number> {
      child.kill("SIGTERM");
      return await exit;
    },
    async kill(): Promise<void> {
      if (!ended) child.kill("SIGKILL");
      await exit;
    },
  };
}

async function readLines(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  take: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    const lines = (rest + decoder.decode(chunk.value, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(take);
  }
}
