import { parseArgs } from "node:util";
import { isJsonObject, type JsonObject } from "../src/base/json.ts";
import { LOG_LEVELS, type LogLevel } from "../src/log/level.ts";
import { renderText } from "../src/log/text.ts";
import { COLUMNS, drawLog, type TerminalLine } from "./draw_log.ts";
import { START_FLAGS } from "./start_flags.ts";

const ROOT = new URL("..", import.meta.url).pathname;

/** Fields of the log, most important first: each line shows those that fit. */
const SHOWN = "plugins text error next_run_at status attempt reason duration_ms".split(" ");

/** Waits for a file, so that the gateway can be killed while it runs. */
const BACKUP = `#!/usr/bin/env bash
cat > /dev/null
for _ in {1..600}; do [ -e ../../go ] && break; sleep 0.1; done
cp -r ../../inbox ../../copies
echo '{"status": "ok", "logs": [{"message": "copied the inbox"}]}'
`;

/** Runs the real gateway, kills it in the middle of a job, starts it again, and draws its log. */
async function takePicture(): Promise<string> {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-picture-" });
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(null, { status: 503 }),
  );
  try {
    prepare(folder, `http://127.0.0.1:${server.addr.port}/`);
    const before = await runGateway(
      folder,
      "SIGKILL",
      allOf(
        isOf("backup", "Plugin spawned"),
        isOf("inbox", "Job succeeded"),
        isOf("feed", "Job failed"),
      ),
    );
    Deno.writeTextFileSync(`${folder}/go`, "");
    const after = await runGateway(folder, "SIGTERM", isOf("backup", "Job succeeded"));
    const lines: TerminalLine[] = [
      { kind: "typed", text: "deno task start" },
      ...before.flatMap(show),
      { kind: "written", text: "" },
      { kind: "typed", text: "deno task start\x1b[2m  # after a kill -9 during the backup\x1b[0m" },
      ...after.flatMap(show),
    ];
    return drawLog(lines, "The log of a gateway that is killed, and of its next start");
  } finally {
    await server.shutdown();
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Two of the examples under shorter names, and a slow plugin. */
function prepare(folder: string, url: string): void {
  const example = (name: string) => Deno.readTextFileSync(`${ROOT}examples/plugins/${name}/run.sh`);
  writePlugin(folder, "inbox", example("watch-folder-bash"));
  writePlugin(folder, "feed", example("poll-http-bash"));
  writePlugin(folder, "backup", BACKUP);
  Deno.mkdirSync(`${folder}/inbox`);
  Deno.writeTextFileSync(`${folder}/inbox/invoice.pdf`, "%PDF");
  const plugins = {
    inbox: { schedule: { every: "5m" }, config: { folder: `${folder}/inbox` } },
    feed: { schedule: { every: "1h" }, config: { url } },
    backup: { schedule: { every: "daily" } },
  };
  const config = { service: { log_level: "debug" }, plugins };
  Deno.writeTextFileSync(`${folder}/config.yaml`, JSON.stringify(config));
}

function writePlugin(folder: string, name: string, script: string): void {
  const path = `${folder}/plugins/${name}`;
  Deno.mkdirSync(path, { recursive: true });
  const manifest = { name, protocol: 1, entrypoint: "run.sh", commands: ["poll"] };
  Deno.writeTextFileSync(`${path}/manifest.yaml`, JSON.stringify(manifest));
  Deno.writeTextFileSync(`${path}/run.sh`, script, { mode: 0o755 });
}

function isOf(plugin: string, message: string): (line: JsonObject) => boolean {
  return (line) => line.plugin === plugin && line.message === message;
}

/** Accepts the line with which there has been one for each of `wanted`. */
function allOf(
  ...wanted: readonly ((line: JsonObject) => boolean)[]
): (line: JsonObject) => boolean {
  const open = new Set(wanted);
  return (line) => {
    for (const isWanted of open) if (isWanted(line)) open.delete(isWanted);
    return open.size === 0;
  };
}

/** Starts the gateway, and ends it once it has logged the line that `isLast` accepts. */
async function runGateway(
  folder: string,
  signal: Deno.Signal,
  isLast: (line: JsonObject) => boolean,
): Promise<JsonObject[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...START_FLAGS, "src/main.ts", "start", "--config", `${folder}/config.yaml`],
    cwd: ROOT,
    stdout: "piped",
  }).spawn();
  const lines: JsonObject[] = [];
  let rest = "";
  let isDone = false;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      if (isDone) break; // the rest is about the end
      const line: unknown = JSON.parse(part);
      if (!isJsonObject(line)) throw new Error(`not a line of the log: ${part}`);
      lines.push(line);
      isDone = isLast(line);
      if (isDone) child.kill(signal);
    }
  }
  await child.status;
  if (!isDone) throw new Error(`the gateway ended too soon: ${JSON.stringify(lines.at(-1))}`);
  return lines;
}

/** A line as `log_format: text` writes it to a terminal, with the fields that fit. */
function show(line: JsonObject): TerminalLine[] {
  const { timestamp, level, component, message, plugin, job_id } = line;
  if (!isLevel(level)) throw new Error(`no level: ${JSON.stringify(line)}`);
  if (level === "debug") return [];
  const head = {
    timestamp: Date.parse(String(timestamp)),
    level,
    component: String(component),
    message: String(message),
  };
  const render = (count: number, colours: boolean) => {
    const shown = Object.entries(line).filter(([key]) => SHOWN.slice(0, count).includes(key));
    return renderText(head, { plugin, job_id, ...Object.fromEntries(shown) }, colours);
  };
  let count = SHOWN.length;
  while (count > 0 && render(count, false).length > COLUMNS) count--;
  return [{ kind: "written", text: render(count, true) }];
}

function isLevel(level: unknown): level is LogLevel {
  return LOG_LEVELS.some((known) => known === level);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { output: { type: "string", short: "o" } } });
  const output = values.output ?? `${ROOT}docs/log.svg`;
  Deno.writeTextFileSync(output, await takePicture());
  console.log(`Wrote ${output}`);
}
