import assert from "node:assert/strict";
import { START_FLAGS } from "../../scripts/start_flags.ts";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;
const HAS_SCRIPT = await new Deno.Command("sh", { args: ["-c", "command -v script"] }).output()
  .then(({ success }) => success);
if (!HAS_SCRIPT) console.log("SKIPPED colours on a terminal: no script(1) to make one");

/** The log of a gateway without plugins, which ends at once. */
async function logOf(
  stdout: "terminal" | "pipe",
  env: Record<string, string>,
  service = "log_format: text",
): Promise<string> {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-terminal-" });
  Deno.writeTextFileSync(`${folder}/config.yaml`, `service: { ${service} }\nplugins: {}\n`);
  const program = [Deno.execPath(), "run", "--quiet", ...START_FLAGS, MAIN, "start"];
  const [command = "", ...args] = stdout === "pipe"
    ? program
    : ["script", "--quiet", "--command", program.join(" "), "/dev/null"];
  const { NO_COLOR: _, ...inherited } = Deno.env.toObject();
  const { stdout: bytes } = await new Deno.Command(command, {
    args,
    cwd: folder,
    env: { ...inherited, TERM: "xterm", ...env },
    clearEnv: true,
    stdin: "null",
    stderr: "null",
  }).output();
  Deno.removeSync(folder, { recursive: true });
  const text = new TextDecoder().decode(bytes);
  assert.match(text, /Gateway cannot start/);
  return text;
}

Deno.test({
  name: "the text log is coloured on a terminal, unless NO_COLOR is set",
  ignore: !HAS_SCRIPT,
  async fn() {
    assert.ok((await logOf("terminal", {})).includes("\x1b[31mERROR\x1b[0m"));
    assert.ok(!(await logOf("terminal", { NO_COLOR: "1" })).includes("\x1b[31mERROR"));
  },
});

Deno.test("the text log in a pipe has no colours", async () => {
  assert.ok(!(await logOf("pipe", {})).includes("\x1b"));
});

Deno.test({
  name: "the log is text on a terminal and JSON elsewhere, unless the config says what it is",
  ignore: !HAS_SCRIPT,
  async fn() {
    const isJson = (text: string) => /^\{"timestamp"/m.test(text);
    assert.equal(isJson(await logOf("terminal", {}, "")), false);
    assert.equal(isJson(await logOf("pipe", {}, "")), true);
    assert.equal(isJson(await logOf("terminal", {}, "log_format: json")), true);
  },
});
