import assert from "node:assert/strict";
import { writeHistory, type WrittenJob } from "../support/history.ts";
import { PROGRAM, runProgram } from "../support/program.ts";
import { createSite } from "../support/site.ts";
import { missing, run, skipWhere } from "../support/tools.ts";

/** A folder with the program under its own name, for the PATH of a shell. */
function installProgram() {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-completions-" });
  const command = [Deno.execPath(), ...PROGRAM].map((word) => `'${word}'`).join(" ");
  Deno.writeTextFileSync(`${folder}/senechal-gw`, `#!/bin/sh\nexec ${command} "$@"\n`);
  Deno.chmodSync(`${folder}/senechal-gw`, 0o755);
  for (const name of ["weather", "web", "mail"]) {
    Deno.mkdirSync(`${folder}/plugins/${name}`, { recursive: true });
  }
  for (const name of ["weather", "mail"]) {
    Deno.writeTextFileSync(`${folder}/plugins/${name}/manifest.yaml`, "");
  }
  Deno.writeTextFileSync(`${folder}/config.yaml`, "plugins: {}\n");
  const env = { PATH: `${folder}:${Deno.env.get("PATH")}` };
  return { folder, env, [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }) };
}

const JOBS: readonly WrittenJob[] = ["3f2a9c1e-bbbb", "3f2a9c1e-cccc", "a0000000-0000"].map((
  id,
) => (
  { id, status: "queued", createdAt: 0 }
));

/** What a shell is asked to complete, and what it must offer. */
const CASES: readonly (readonly [words: readonly string[], offered: readonly string[]])[] = [
  [["ch"], ["check", "check-plugin"]],
  [["check", "--j"], ["--json"]],
  [["completions", ""], ["bash", "fish", "zsh"]],
  [["new", "it", "--lang", "p"], ["python"]],
  [["check-plugin", "we"], ["weather"]],
  [["status", "w"], ["weather"]],
  [["jobs", "--plugin", ""], ["mail", "weather"]],
  [["job", "3f2a9c1e-b"], ["3f2a9c1e-b"]],
];

/** For each shell, a script that sources the completions and prints what they offer. */
const ASK: Readonly<Record<string, (words: readonly string[]) => string>> = {
  bash: (words) =>
    `. ./completions; COMP_WORDS=(senechal-gw ${words.map((word) => `"${word}"`).join(" ")}); ` +
    `COMP_CWORD=${words.length}; _senechal_gw; printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: (words) =>
    `compdef() { :; }; compadd() { shift; print -l -- "$@"; }; . ./completions; ` +
    `words=(senechal-gw ${words.map((word) => `"${word}"`).join(" ")}); ` +
    `CURRENT=${words.length + 1}; _senechal_gw`,
  fish: (words) => `. ./completions; complete -C 'senechal-gw ${words.join(" ")}'`,
};

for (const [shell, ask] of Object.entries(ASK)) {
  Deno.test({
    name: `${shell} completes commands, options and their values`,
    ignore: skipWhere(missing(shell), `completions in ${shell}`),
    async fn() {
      using installed = installProgram();
      const { folder, env } = installed;
      writeHistory(`${folder}/data/state.db`, ["mail", "weather"], JOBS);
      const { code, stdout } = await runProgram(["completions", shell]);
      assert.equal(code, 0);
      Deno.writeTextFileSync(`${folder}/completions`, stdout);
      for (const [words, offered] of CASES) {
        const said = await run(shell, ["-c", ask(words)], { cwd: folder, env });
        const lines = said.stdout.split("\n").map((line) => line.split("\t")[0] ?? "");
        const ours = lines.filter((line) => line !== "");
        assert.deepEqual(ours.sort(), offered, said.stderr);
      }
    },
  });
}

Deno.test("if nothing is known, nothing is proposed, so that the shell offers files", async () => {
  const env = { SENECHAL_CONFIG: "/no/such/config.yaml" };
  const plugin = await runProgram(["complete", "check-plugin", "we"], { env });
  assert.deepEqual([plugin.code, plugin.stdout, plugin.stderr], [0, "", ""]);
  const { code, stdout } = await runProgram(["complete", "check", "--config", "x"]);
  assert.deepEqual([code, stdout], [0, ""]);
});

const live: readonly (readonly [words: readonly string[], proposed: readonly string[]])[] = [
  [["status", ""], ["mail", "weather"]],
  [["why", "w"], ["weather"]],
  [["next", "m"], ["mail"]],
  [["pause", "m"], ["mail"]],
  [["resume", ""], ["mail", "weather"]],
  [["log", "m"], ["mail"]],
  [["log", "a"], ["a0000000"]],
  [["log", "--last-failure", "we"], ["weather"]],
  [["jobs", "--plugin", "x"], []],
  [["jobs", "--status", "f"], ["failed"]],
  [["job", "3"], ["3f2a9c1e-b", "3f2a9c1e-c"]],
  [["job", "3f2a9c1e-bb"], ["3f2a9c1e-bbbb"]],
  [["job", "zzz"], []],
];
Deno.test("entries and jobs are proposed as the database has them, and nothing without one", async () => {
  await using site = createSite({ mail: { script: "" } });
  const ask = async (words: readonly string[], cwd = site.folder) => {
    const { code, stdout, stderr } = await runProgram(["complete", ...words], { cwd });
    assert.deepEqual([code, stderr], [0, ""]);
    return stdout.split("\n").filter((word) => word !== "" && !word.startsWith("--"));
  };
  for (const [words] of live) {
    assert.deepEqual(await ask(words), words[1] === "--status" ? ["failed"] : []);
  }
  writeHistory(`${site.folder}/data/state.db`, ["mail", "weather"], JOBS);
  for (const [words, proposed] of live) {
    assert.deepEqual(await ask(words), proposed, words.join(" "));
  }
  assert.deepEqual((await ask(["job", ""])).sort(), ["3f2a9c1e-b", "3f2a9c1e-c", "a0000000"]);

  const config = `${site.folder}/config.yaml`;
  for (const named of [["-c", config], ["--config", config], [`--config=${config}`]]) {
    assert.deepEqual(await ask(["status", ...named, "w"], "/"), ["weather"]);
  }
  assert.deepEqual(await ask(["status", "w"], "/"), []);
  Deno.writeTextFileSync(config, "state: { path: [\n");
  assert.deepEqual(await ask(["status", "w"]), []);
});
