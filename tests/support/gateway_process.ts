import { START_FLAGS } from "../../scripts/start_flags.ts";
import { until } from "./wait.ts";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;
/** Replaces the program in fault tests; its header describes its arguments. */
export const FAULTY_GATEWAY = new URL("../faults/faulty_gateway.ts", import.meta.url).pathname;

/** One parsed log line. */
export type LogLine = Readonly<Record<string, unknown>>;

/** How to start the program, if not in the usual way. */
export interface StartOptions {
  readonly args?: readonly string[];
  /** What replaces the program in fault tests. */
  readonly main?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A program with its arguments that becomes the gateway, such as `setpriv`. */
  readonly under?: readonly string[];
  /** A file to log to, instead of a pipe to the test. */
  readonly stdoutPath?: string;
}

/** A started gateway. */
export type GatewayProcess = ReturnType<typeof startGateway>;

/** Starts the program, or what replaces it, and reads its log. */
export function startGateway(options: StartOptions, cwd: string) {
  const main = options.main ?? MAIN;
  const args = ["run", "--quiet", ...START_FLAGS, main, ...options.args ?? []];
  const program = [...options.under ?? [], Deno.execPath(), ...args];
  const [command, ...rest] = options.stdoutPath === undefined
    ? program
    : ["sh", "-c", `exec "$0" "$@" > ${options.stdoutPath}`, ...program];
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
  const parsed: LogLine[] = [];
  const log = (): readonly LogLine[] => {
    for (const line of lines.slice(parsed.length)) parsed.push(JSON.parse(line));
    return parsed;
  };
  const count = (message: string) => log().filter((line) => line.message === message).length;
  const evidence = () => [...lines, ...stderr].join("\n");
  const code = child.status.then((status) => status.code);
  const exit = Promise.all([code, reading, readingErrors]).then(() => code);

  return {
    pid: child.pid,
    /** The exit code, as soon as the process has ended. */
    code,
    /** The exit code, once all its output has been read. */
    exit,
    lines,
    stderr,
    log,
    evidence,
    /** Waits for the first log line with this message (and these fields). */
    logged(message: string, fields: LogLine = {}, waitMs?: number): Promise<LogLine> {
      return until(
        `log line "${message}"`,
        () =>
          log().find((line) =>
            line.message === message &&
            Object.entries(fields).every(([key, value]) => line[key] === value)
          ),
        evidence,
        waitMs,
      );
    },
    /** How many log lines with this message there are so far. */
    count,
    /** Waits until there are `times` log lines with this message. */
    loggedTimes(message: string, times: number): Promise<true | undefined> {
      return until(
        `${times} log lines "${message}"`,
        () => count(message) >= times || undefined,
        evidence,
      );
    },
    /** Stops reading the log and closes the pipe. */
    closeStdout: () => stdout.cancel(),
    /** Leaves the log unread for a while. */
    pauseReading: pause.begin,
    resumeReading: pause.end,
    signal: (signal: Deno.Signal) => child.kill(signal),
    /** As {@link signal}, for a program that may have ended already. */
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

/** Deno throws a TypeError if the child has ended. */
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
