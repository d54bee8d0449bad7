import assert from "node:assert/strict";
import { createSite } from "../support/site.ts";
import { parsePrinted } from "../support/printed.ts";
import { runProgram } from "../support/program.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { inspect } from "../../src/operator/check.ts";

const OK = '#!/bin/bash\necho \'{"status":"ok"}\'\n';

Deno.test("check says what would run and what is disabled, and exits with 0", async () => {
  await using site = createSite({
    mail: { script: OK },
    off: { script: OK, entry: "{ enabled: false }" },
  });
  const { code, stdout, stderr } = await runProgram(["check"], { cwd: site.folder });
  assert.deepEqual([code, stderr], [0, ""]);
  assert.equal(stdout, `${site.folder}/config.yaml: good; would run mail; disabled: off\n`);
});

Deno.test("check shows every problem of the plugins with line and column, and exits with 78", async () => {
  await using site = createSite({
    gone: { script: OK },
    bad: { script: OK },
    mail: { script: OK },
    needy: { script: OK, entry: "{ schedule: { every: 1h }, config: { a: 1 } }" },
    plain: { script: OK },
  });
  const at = (path: string) => `${site.folder}/plugins/${path}`;
  Deno.removeSync(at("gone"), { recursive: true });
  Deno.writeTextFileSync(at("bad/manifest.yaml"), "name: bad\nprotocol: 2\nentrypoint: run.sh\n");
  Deno.chmodSync(at("mail/run.sh"), 0o644);
  const needs = "config_keys: { required: [token] }\n";
  Deno.writeTextFileSync(at("needy/manifest.yaml"), needs, { append: true });
  Deno.writeTextFileSync(at("plain/manifest.yaml"), "author: me\n", { append: true });

  const { code, stdout, stderr } = await runProgram(["check"], { cwd: site.folder });
  assert.deepEqual([code, stderr], [78, ""]);
  const json = await runProgram(["check", "--json"], { cwd: site.folder });
  const { ok, problems, warnings } = parsePrinted("check", json.stdout);
  assert.deepEqual([json.code, ok, problems.length, warnings.length], [78, false, 5, 2]);
  const lines = stdout.trimEnd().split("\n");
  const places = lines.slice(0, -1).map((line) => /^(.*?:\d+:\d+: [\w.]+): ./.exec(line)?.[1]);
  assert.deepEqual(places, [
    "config.yaml:3:3: plugins.gone",
    "plugins/bad/manifest.yaml:2:1: protocol",
    "plugins/bad/manifest.yaml:1:1: commands",
    "config.yaml:5:3: plugins.mail",
    "config.yaml:6:37: plugins.needy.config",
    "warning: config.yaml:6:47: plugins.needy.config.a",
    "warning: plugins/plain/manifest.yaml:5:1: author",
  ]);
  const verdict = "5 problems, 2 warnings; would run plain";
  assert.equal(lines.at(-1), `${site.folder}/config.yaml: ${verdict}`);
});

Deno.test("check warns of a file with a secret that everyone can read, and shows no secret", async () => {
  const entry = "{ schedule: { every: 1h }, config: { a: '${file:token}' } }";
  await using site = createSite({ mail: { script: OK, entry } });
  const config = `${site.folder}/config.yaml`;
  const text = Deno.readTextFileSync(config);
  Deno.writeTextFileSync(`${site.folder}/token`, "no-such-folder\n");
  Deno.chmodSync(`${site.folder}/token`, 0o644);
  const { code, stdout } = await runProgram(["check"], { cwd: site.folder });
  assert.equal(code, 0);
  assert.equal(
    stdout,
    "warning: config.yaml:3:46: plugins.mail.config.a: everyone can read the file token; " +
      `run chmod o-r on it\n${config}: good, 1 warning; would run mail\n`,
  );
  Deno.writeTextFileSync(config, `plugins_dir: "\${file:token}"\n${text}`);
  for (const args of [["check"], ["check", "--json"], ["start"]]) {
    const refused = await runProgram(args, { cwd: site.folder });
    assert.equal(refused.code, 78);
    assert.ok(`${refused.stdout}${refused.stderr}`.includes("[secret]"));
    assert.ok(!`${refused.stdout}${refused.stderr}`.includes("no-such-folder"));
  }
});

Deno.test("check and start name the config keys that no manifest lists, with their places only", async () => {
  const config = "{ tokn: hunter2, folder: hunter2, depth: 2 }";
  await using site = createSite({
    free: { script: OK, entry: `{ schedule: { every: 1h }, config: ${config} }` },
    mail: { script: OK, entry: `{ schedule: { every: 1h }, config: ${config} }` },
  });
  const manifest = `${site.folder}/plugins/mail/manifest.yaml`;
  const keys = "config_keys: { required: [folder], optional: [token] }\n";
  Deno.writeTextFileSync(manifest, keys, { append: true });
  const said = "the plugin's manifest does not list this key;";
  const warnings = [
    `config.yaml:4:46: plugins.mail.config.tokn: ${said} did you mean "token"?`,
    `config.yaml:4:78: plugins.mail.config.depth: ${said} it lists folder, token`,
  ];

  const { code, stdout } = await runProgram(["check"], { cwd: site.folder });
  assert.equal(code, 0);
  assert.deepEqual(stdout.split("\n").slice(0, -2), warnings.map((line) => `warning: ${line}`));
  const json = await runProgram(["check", "--json"], { cwd: site.folder });
  assert.deepEqual(
    parsePrinted("check", json.stdout).warnings.map((
      { line, column, path }: JsonObject,
    ) => [line, column, path]),
    [[4, 46, ["plugins", "mail", "config", "tokn"]], [4, 78, [
      "plugins",
      "mail",
      "config",
      "depth",
    ]]],
  );

  const gateway = site.start();
  await gateway.logged("Job succeeded", { plugin: "mail" });
  assert.equal(await gateway.stop(), 0);
  const logged = gateway.log().filter(({ message }) =>
    message === "Config key not listed in the manifest"
  );
  assert.deepEqual(
    logged.map(({ level, component, plugin, warning }) => [level, component, plugin, warning]),
    warnings.map((warning) => ["warn", "config", "mail", warning]),
  );
  const shown = `${stdout}${json.stdout}${JSON.stringify(gateway.log())}`;
  assert.ok(!shown.includes("hunter2"));
});

Deno.test("check shows every problem of a config as start does, and more of them", async () => {
  await using site = createSite({ mail: { script: OK } });
  const entries = Array.from({ length: 60 }, (_, n) => `  p${n}: { shedule: 1 }\n`);
  Deno.writeTextFileSync(`${site.folder}/config.yaml`, `plugins:\n${entries.join("")}`);
  const { code, stdout } = await runProgram(["check"], { cwd: site.folder });
  const started = await runProgram(["start"], { cwd: site.folder });
  assert.deepEqual([code, started.code], [78, 78]);
  const lines = stdout.trimEnd().split("\n");
  assert.deepEqual(lines.slice(0, 50), started.stderr.split("\n").slice(0, 50));
  assert.match(lines.at(-1) ?? "", /^\/.*\/config\.yaml: 120 problems; no plugin would run$/);
  assert.equal(lines.length, 121);
});

Deno.test("check says where to enable a plugin if none is, and which file is missing", () => {
  const folder = Deno.makeTempDirSync();
  Deno.writeTextFileSync(`${folder}/config.yaml`, "service: {}\nplugins: {}\n");
  const none = inspect(`${folder}/config.yaml`, {});
  assert.equal(none.ok, false);
  assert.deepEqual(none.problems.map(({ line, column, path }) => [line, column, path]), [
    [2, 1, ["plugins"]],
  ]);
  const missing = inspect(`${folder}/other.yaml`, {});
  assert.match(missing.problems[0]?.message ?? "", /^no such file; /);
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("the config is the one of --config, else of SENECHAL_CONFIG, else ./config.yaml", async () => {
  await using site = createSite({ mail: { script: OK } });
  for (const name of ["a", "b"]) {
    Deno.copyFileSync(`${site.folder}/config.yaml`, `${site.folder}/${name}.yaml`);
  }
  const env = { SENECHAL_CONFIG: "b.yaml" };
  const checked = async (args: readonly string[], env = {}) => {
    const { stdout } = await runProgram(["check", "--json", ...args], { cwd: site.folder, env });
    return parsePrinted("check", stdout).config;
  };
  assert.equal(await checked(["-c", "a.yaml"], env), `${site.folder}/a.yaml`);
  assert.equal(await checked([], env), `${site.folder}/b.yaml`);
  assert.equal(await checked([], { SENECHAL_CONFIG: "" }), `${site.folder}/config.yaml`);
});

Deno.test("check changes nothing on disk and runs nothing", async () => {
  await using site = createSite({ mail: { script: "#!/bin/bash\ntouch ran\n" } });
  await runProgram(["check"], { cwd: site.folder });
  assert.deepEqual([...Deno.readDirSync(site.folder)].map(({ name }) => name).sort(), [
    "config.yaml",
    "plugins",
  ]);
  assert.deepEqual([...Deno.readDirSync(`${site.folder}/plugins/mail`)].length, 2);
});
