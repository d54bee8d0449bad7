import assert from "node:assert/strict";
import { loadConfig } from "../../src/config/config.ts";
import { checkPlugin } from "../../src/conformance/checks.ts";
import { LANGUAGES } from "../../src/operator/languages.ts";
import { loadSetup } from "../../src/plugin/setup.ts";
import { canRun, failuresOf, optionsFor } from "../support/plugin_folder.ts";
import { runProgram } from "../support/program.ts";
import { exists } from "../support/tools.ts";

const CONFIG = "# mine\nplugins:\n  old: { schedule: { every: 5m } } # old\nservice: {}\n";
const WITH_ENTRY = CONFIG.replace("service", "  it:\n    schedule:\n      every: 1h\nservice");

/** A folder with a config. */
function createFolder(config = CONFIG) {
  const path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-new-" }));
  Deno.writeTextFileSync(`${path}/config.yaml`, config);
  return {
    path,
    config: () => Deno.readTextFileSync(`${path}/config.yaml`),
    names: () => [...Deno.readDirSync(path)].map(({ name }) => name).sort(),
    run: (...args: readonly string[]) => runProgram(["new", ...args], { cwd: path }),
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}

for (const language of LANGUAGES) {
  Deno.test(`new --lang ${language} writes a plugin that passes check-plugin, and its entry`, async () => {
    using folder = createFolder();
    const ran = await folder.run("it", "--lang", language);
    assert.deepEqual([ran.code, ran.stderr], [0, ""]);
    assert.match(ran.stdout, /\nadded to config\.yaml, under plugins:\n {2}it:\n {4}schedule:\n/);
    assert.match(ran.stdout, /\nnext: senechal-gw check-plugin it, and restart the gateway\n$/);
    assert.equal(folder.config(), WITH_ENTRY);
    const plugin = `${folder.path}/plugins/it`;
    if (!canRun(plugin)) return console.log(`SKIPPED check-plugin of ${language}: it is not here`);
    assert.equal(failuresOf(await checkPlugin(optionsFor(plugin))), "");
  });
}

Deno.test("a name that YAML could take for something else is a name in the manifest and in the config", async () => {
  using folder = createFolder("plugins: {}\n");
  for (const name of ["1", "0x10", "null", "true"]) {
    const ran = await folder.run(name, "--lang", "bash");
    assert.deepEqual([ran.code, ran.stderr], [0, ""]);
  }
  const loaded = loadConfig(`${folder.path}/config.yaml`, () => undefined);
  assert.ok(loaded.ok);
  const { plugins, refused } = loadSetup(loaded.config);
  assert.deepEqual([[...plugins.keys()], refused], [["1", "0x10", "null", "true"], []]);
});

Deno.test("new --no-config shows the entry and leaves the config as it is", async () => {
  using folder = createFolder();
  const ran = await folder.run("it", "--lang", "bash", "--no-config");
  assert.equal(ran.code, 0);
  assert.match(
    ran.stdout,
    /\nadd to config\.yaml, under plugins:\n {2}it:\n {4}schedule:\n {6}every: 1h\n/,
  );
  assert.equal(folder.config(), CONFIG);
  assert.ok(exists(`${folder.path}/plugins/it/run.sh`));
});

Deno.test("new uses the plugins_dir and the config that it is told, byte order mark and mode included", async () => {
  using folder = createFolder("");
  Deno.mkdirSync(`${folder.path}/etc`);
  const path = `${folder.path}/etc/gw.yaml`;
  Deno.writeTextFileSync(path, "\uFEFFplugins_dir: ../code\r\nplugins: {}\r\n");
  Deno.chmodSync(path, 0o600);
  const ran = await folder.run("it", "--lang", "python", "--config", "etc/gw.yaml");
  assert.deepEqual([ran.code, ran.stderr], [0, ""]);
  assert.ok(exists(`${folder.path}/code/it/run.py`));
  const bytes = new TextDecoder("utf-8", { ignoreBOM: true }).decode(Deno.readFileSync(path));
  const entry = '{ "it": { "schedule": { "every": "1h" } } }';
  assert.equal(bytes, `\uFEFFplugins_dir: ../code\r\nplugins: ${entry}\r\n`);
  assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
});

const REFUSED: readonly (readonly [
  what: string,
  name: string,
  config: string,
  code: number,
  said: RegExp,
])[] = [
  ["the entry exists", "old", CONFIG, 1, /: config\.yaml has an entry of that name already\n$/],
  ["the folder exists", "full", CONFIG, 1, /\/plugins\/full exists already\n$/],
  ["there is no place", "it", "plugins: null\n", 1, /has no place for its entry; write it by hand/],
  ["the config is broken", "it", "plugins: [\n", 78, /^config\.yaml:2:1: /],
  ["plugins_dir is wrong", "it", "plugins_dir: 5\n", 78, /^config\.yaml:1:1: plugins_dir: /],
  ["the name is none", "It", CONFIG, 2, /invalid name 'It': not a plugin name/],
];
for (const [what, name, config, code, said] of REFUSED) {
  Deno.test(`new writes nothing if ${what}, and says why`, async () => {
    using folder = createFolder(config);
    Deno.mkdirSync(`${folder.path}/plugins/full`, { recursive: true });
    const ran = await folder.run(name, "--lang", "bash");
    assert.deepEqual([ran.code, ran.stdout], [code, ""]);
    assert.match(ran.stderr, said);
    assert.equal(folder.config(), config);
    assert.deepEqual(folder.names(), ["config.yaml", "plugins"]);
    const plugins = [...Deno.readDirSync(`${folder.path}/plugins`)].map(({ name }) => name);
    assert.deepEqual(plugins, ["full"]);
  });
}

Deno.test({
  name: "new removes its folder again if the config cannot be written",
  ignore: Deno.uid() !== 0, // root alone can make a file that root cannot replace
  async fn() {
    using folder = createFolder();
    const chattr = (sign: string) =>
      new Deno.Command("chattr", {
        args: [`${sign}i`, `${folder.path}/config.yaml`],
        stderr: "null",
      })
        .output().then(({ success }) => success, () => false);
    if (!await chattr("+")) return console.log("SKIPPED: chattr +i has no effect here");
    try {
      const ran = await folder.run("it", "--lang", "bash");
      assert.equal(ran.code, 1);
      assert.match(ran.stderr, /^Cannot add the plugin "it": /);
      assert.deepEqual(folder.names(), ["config.yaml"]);
    } finally {
      await chattr("-");
    }
  },
});
