import assert from "node:assert/strict";
import { loadConfig } from "../../src/config/config.ts";
import { loadSetup } from "../../src/plugin/setup.ts";
import { runProgram } from "../support/program.ts";
import { run } from "../support/tools.ts";

const FILES = [
  ".gitignore",
  "README.md",
  "config.yaml",
  "plugins/exec/manifest.yaml",
  "plugins/exec/run.ts",
];

function createFolder() {
  const path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-init-" }));
  return {
    path,
    files: () => listFiles(path).sort(),
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}

/** Everything in a folder that is not a folder itself, relative to it. */
function listFiles(folder: string, prefix = ""): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? listFiles(`${folder}/${name}`, `${prefix}${name}/`) : [prefix + name]
  );
}

Deno.test("init writes a config with a plugin that the gateway accepts, and says what to type next", async () => {
  using folder = createFolder();
  const ran = await runProgram(["init"], { cwd: folder.path });
  assert.deepEqual([ran.code, ran.stderr], [0, ""]);
  assert.match(ran.stdout, /^wrote config\.yaml\n(wrote .*\n)*next: senechal-gw start\n$/);
  assert.deepEqual(folder.files(), FILES);
  const loaded = loadConfig(`${folder.path}/config.yaml`, () => undefined);
  assert.ok(loaded.ok);
  const { plugins, warnings, unlisted } = loadSetup(loaded.config);
  assert.deepEqual([[...plugins.keys()], warnings, unlisted], [["exec"], [], []]);
  assert.equal(loaded.config.statePath, `${folder.path}/data/state.db`);
  assert.equal(Deno.readTextFileSync(`${folder.path}/.gitignore`), "data/\n");
});

Deno.test("init of a folder makes it, and names it in the next command", async () => {
  using folder = createFolder();
  const ran = await runProgram(["init", "a/b"], { cwd: folder.path });
  assert.equal(ran.code, 0);
  assert.match(ran.stdout, /\nnext: senechal-gw start --config a\/b\/config\.yaml\n$/);
  assert.deepEqual(folder.files(), FILES.map((file) => `a/b/${file}`));
});

Deno.test("init names its config in the next command unless the environment names it", async () => {
  using folder = createFolder();
  const init = (config: string) =>
    runProgram(["init", "."], { cwd: folder.path, env: { SENECHAL_CONFIG: config } });
  const other = await init("/elsewhere/config.yaml");
  assert.match(other.stdout, /\nnext: senechal-gw start --config config\.yaml\n$/);
  Deno.removeSync(`${folder.path}/config.yaml`);
  Deno.removeSync(`${folder.path}/plugins`, { recursive: true });
  for (const name of [".gitignore", "README.md"]) Deno.removeSync(`${folder.path}/${name}`);
  const same = await init(`${folder.path}/config.yaml`);
  assert.match(same.stdout, /\nnext: senechal-gw start\n$/);
});

Deno.test("init of a system folder says that it cannot be, and names no flag of Deno", async () => {
  const { code, stderr } = await runProgram(["init", "/proc/senechal"]);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^Cannot set up \/proc\/senechal: Deno keeps programs from writing to system /,
  );
});

for (const inTheWay of FILES) {
  Deno.test(`init writes nothing if ${inTheWay} is there, and names it`, async () => {
    using folder = createFolder();
    const path = `${folder.path}/${inTheWay}`;
    Deno.mkdirSync(`${folder.path}/plugins/exec`, { recursive: true });
    Deno.writeTextFileSync(path, "mine");
    const ran = await runProgram(["init"], { cwd: folder.path });
    const said = `Cannot set up ${folder.path}: ${path} exists already; nothing was written\n`;
    assert.deepEqual([ran.code, ran.stdout, ran.stderr], [1, "", said]);
    assert.equal(Deno.readTextFileSync(path), "mine");
    assert.deepEqual(folder.files(), [inTheWay]);
  });
}

Deno.test("the next command that init names can be typed as it is, whatever the folder's name", async () => {
  using folder = createFolder();
  for (const name of ["it's mine", "two  words/", "$HOME"]) {
    const ran = await runProgram(["init", name], { cwd: folder.path });
    const [, words = ""] = /^next: senechal-gw start (.*)$/m.exec(ran.stdout) ?? [];
    const shell = await run("sh", ["-c", `printf '%s|' ${words}`]);
    const path = `${name.replace(/\/$/, "")}/config.yaml`;
    assert.equal(shell.stdout, `--config|${path}|`);
  }
});

Deno.test("init names every file that is in its way, also a link that leads nowhere", async () => {
  using folder = createFolder();
  Deno.symlinkSync("nowhere", `${folder.path}/config.yaml`);
  Deno.mkdirSync(`${folder.path}/README.md`);
  const ran = await runProgram(["init"], { cwd: folder.path });
  assert.equal(ran.code, 1);
  assert.match(ran.stderr, /config\.yaml, .*README\.md exist already; nothing was written\n$/);
  assert.deepEqual(folder.files(), ["config.yaml"]);
});

Deno.test("an init that cannot go on leaves nothing behind", async () => {
  using folder = createFolder();
  Deno.writeTextFileSync(`${folder.path}/plugins`, "a file where a folder is needed");
  const ran = await runProgram(["init"], { cwd: folder.path });
  assert.equal(ran.code, 1);
  assert.match(ran.stderr, /^Cannot set up .*\n$/);
  assert.deepEqual(folder.files(), ["plugins"]);
});
