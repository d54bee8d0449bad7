#!/usr/bin/env -S deno run --quiet --no-prompt --no-config --allow-run --allow-env=PATH,HOME
// Runs config.command, in config.cwd or else in HOME, as cron does. Exit code 0 is a success.
//
// What the command writes to stdout goes into the log; what it writes to stderr goes to stderr.

const MAX_LINES = 100; // the gateway logs no more lines of an answer
const MAX_CHARS = 8_000; // of a line: the gateway logs no more than 8,192
const LINES_IN_ERROR = 3;
const CHARS_IN_ERROR = 300; // of a line

/** The last lines, and how many came before them. */
class LastLines {
  readonly lines: string[] = [];
  before = 0;

  constructor(readonly most: number) {}

  add(line: string): void {
    if (this.lines.push(line) <= this.most) return;
    this.lines.shift();
    this.before++;
  }
}

const { config } = await new Response(Deno.stdin.readable).json();
console.log(JSON.stringify(await runCommand(config)));

async function runCommand({ command, cwd = Deno.env.get("HOME") }: Record<string, unknown>) {
  const words = typeof command === "string" ? ["sh", "-c", command] : command;
  if (!isListOfTexts(words)) return wrong("config.command is no string, and no list of strings");
  if (cwd !== undefined && typeof cwd !== "string") return wrong("config.cwd is no string");
  const [program = "", ...args] = words;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
      ...(cwd !== undefined && { cwd }),
      env: { PATH: pathWithoutDenosNode() },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    return wrong(`Cannot start ${program}: ${error instanceof Error ? error.message : error}`);
  }
  const said = new LastLines(MAX_LINES - 1);
  const last = new LastLines(LINES_IN_ERROR);
  const [{ code, signal }] = await Promise.all([
    child.status,
    readLines(child.stdout, (line) => [said, last].forEach((lines) => lines.add(line))),
    readLines(child.stderr, (line) => {
      console.error(line);
      last.add(line);
    }),
  ]);
  const logs = said.lines.map((message) => ({ level: "info", message }));
  if (said.before > 0) {
    logs.unshift({ level: "info", message: `earlier lines left out: ${said.before}` });
  }
  if (code === 0) return { status: "ok", logs };
  const end = signal === null ? `exit code ${code}` : `ended by ${signal}`;
  const lines = last.lines.map((line) => line.slice(0, CHARS_IN_ERROR));
  return { status: "error", error: [end, ...lines].join(" | "), logs };
}

function isListOfTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 &&
    value.every((word) => typeof word === "string");
}

/** The answer to a config that no further attempt makes right. */
function wrong(error: string) {
  return { status: "error", error, retry: false };
}

/** If PATH has no `node`, Deno puts itself there under that name. */
function pathWithoutDenosNode(): string {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  return folders.filter((folder) => !folder.endsWith("/node_compat_bin")).join(":");
}

/** Hands over every line that is not blank, the beginning of a very long one. */
async function readLines(stream: ReadableStream<Uint8Array>, take: (line: string) => void) {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split(/\r?\n/);
    rest = (lines.pop() ?? "").slice(0, MAX_CHARS);
    lines.filter((line) => line.trim() !== "").forEach((line) => take(line.slice(0, MAX_CHARS)));
  }
  if (rest.trim() !== "") take(rest);
}
