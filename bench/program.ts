/** The real program in its own folder, for figures of a whole process. */
import { START_FLAGS } from "../scripts/start_flags.ts";
import { timeAsync } from "./support.ts";

/** The source of the program. */
export const MAIN = new URL("../src/main.ts", import.meta.url).pathname;

/** A script that answers at once and notes the time of its first instruction. */
export const NOTING = `#!/bin/bash
echo $EPOCHREALTIME > started.tmp; mv started.tmp started
cat > /dev/null; echo '{"status":"ok"}'
`;

/** A script that answers at once. */
export const TINY =
  `#!/bin/dash\nread -r request\necho '{"status":"ok","state_updates":{"a":1}}'\n`;

/** Writes a config and its plugins and returns their folder. */
export function createSite(
  plugins: readonly { readonly name: string; readonly script: string; readonly every: string }[],
  service = "tick_interval: 100ms, log_level: error",
): { readonly folder: string } & Disposable {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-bench-" }));
  const entries = plugins.map(({ name, script, every }) => {
    const home = `${folder}/plugins/${name}`;
    Deno.mkdirSync(home, { recursive: true });
    Deno.writeTextFileSync(
      `${home}/manifest.yaml`,
      `name: ${name}\nprotocol: 1\nentrypoint: run.sh\ncommands: [poll]\n`,
    );
    Deno.writeTextFileSync(`${home}/run.sh`, script);
    Deno.chmodSync(`${home}/run.sh`, 0o755);
    return `  ${name}: { schedule: { every: ${every} } }\n`;
  });
  Deno.writeTextFileSync(
    `${folder}/config.yaml`,
    `service: { ${service} }\nplugins:\n${entries.join("")}`,
  );
  return { folder, [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }) };
}

/** Starts the program, from source or from another file such as the bundle. */
export function startProgram(folder: string, main = MAIN) {
  return startDeno([main, "start", "--config", `${folder}/config.yaml`]);
}

/** Starts a program with the flags of the gateway; it gets SIGTERM when it is disposed of. */
export function startDeno(args: readonly string[]) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...START_FLAGS, ...args],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  return {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

/** What /proc tells about a process. */
export interface Usage {
  readonly residentMiB: number;
  readonly cpuSeconds: number;
  /** Including the children that it has waited for. */
  readonly cpuSecondsOfAll: number;
  /** How often each thread has gone to sleep, and so may have been woken. */
  readonly sleeps: ReadonlyMap<string, number>;
  readonly writtenBytes: number;
}

/** Reads what a process uses, from /proc. */
export function readUsage(pid: number): Usage {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]?.split(" ") ?? [];
  const ticks = (...fields: readonly number[]) =>
    fields.reduce((sum, field) => sum + Number(stat[field]), 0);
  const field = (text: string, name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1]);
  const sleeps = new Map(
    [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) => {
      const task = Deno.readTextFileSync(`/proc/${pid}/task/${name}/status`);
      return [name, field(task, "voluntary_ctxt_switches")];
    }),
  );
  return {
    residentMiB: field(status, "VmRSS") / 1024,
    cpuSeconds: ticks(11, 12) / 100,
    cpuSecondsOfAll: ticks(11, 12, 13, 14) / 100,
    sleeps,
    writtenBytes: field(Deno.readTextFileSync(`/proc/${pid}/io`), "write_bytes"),
  };
}

/** Waits until `condition` holds; checks it every few milliseconds. */
export async function until(condition: () => boolean, everyMs = 5): Promise<number> {
  return await timeAsync(async () => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, everyMs));
  });
}

/** Text of a file, or `undefined` if there is none yet. */
export function tryRead(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
