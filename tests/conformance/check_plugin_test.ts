import assert from "node:assert/strict";
import { basename } from "node:path";
import { checkPlugin, CHECKS } from "../../src/conformance/checks.ts";
import { pluginEnvironment } from "../../src/plugin/environment.ts";
import { loadManifest } from "../../src/plugin/manifest.ts";
import { answers, DEFECTS } from "../support/defects.ts";
import { serveEtag } from "../support/http_endpoint.ts";
import {
  canRun,
  ECHO,
  EXAMPLES,
  failuresOf,
  makePlugin,
  optionsFor,
} from "../support/plugin_folder.ts";
import { parsePrinted } from "../support/printed.ts";
import { runProgram } from "../support/program.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

/** Runs the command itself. */
const checkFolder = (...args: readonly string[]) => runProgram(["check-plugin", ...args]);

for (const defect of DEFECTS) {
  Deno.test(`a plugin with one defect (${defect.what}) fails ${defect.id} and no other`, async () => {
    using plugin = makePlugin(defect);
    const results = await checkPlugin({ ...optionsFor(plugin.folder), ...defect.options });
    const failed = results.filter(({ outcome }) => outcome === "fail");
    assert.deepEqual(failed.map(({ id }) => id), [defect.id], failuresOf(results));
    assert.ok(failed[0]?.got && failed[0].fix, "says what it got and how to fix it");
  });
}

Deno.test("every check has a defect that fails it", () => {
  const covered = new Set(DEFECTS.map(({ id }) => id));
  assert.deepEqual(CHECKS.map(({ id }) => id).filter((id) => !covered.has(id)), []);
});

Deno.test("every check has a unique id and needs only checks before it", () => {
  const seen = new Set<string>();
  for (const { id, needs } of CHECKS) {
    assert.match(id, /^[a-z]+\.[a-z0-9-]+$/);
    assert.ok(!seen.has(id), id);
    for (const need of needs) assert.ok(seen.has(need), `${id} needs ${need}`);
    seen.add(id);
  }
});

Deno.test("docs/plugins.md has the id and title of every check", () => {
  const page = Deno.readTextFileSync(`${ROOT}docs/plugins.md`);
  const rows = [...page.matchAll(/^\| `([a-z]+\.[a-z0-9-]+)` +\| (.*?) +\|$/gm)]
    .map(([, id, title]) => ({ id, title }));
  for (const { id, title } of CHECKS) {
    assert.deepEqual(rows.filter((row) => row.id === id), [{ id, title }]);
  }
});

Deno.test("docs/plugins.md names the variables that a plugin gets, and no others", () => {
  const page = Deno.readTextFileSync(`${ROOT}docs/plugins.md`);
  const [, section = ""] = /\*\*Environment\.\*\*(.*?)\*\*Start\.\*\*/s.exec(page) ?? [];
  const named = [...section.matchAll(/`([A-Za-z_]+)`/g)].map(([, name = ""]) => name).sort();
  const gateway = Object.fromEntries(named.map((name) => [name, "set"]));
  const seen = Object.keys(
    pluginEnvironment(gateway, { name: "it", env: [] }, { jobId: "job", dueAt: 0 }),
  ).sort();
  assert.deepEqual(seen, named.filter((name) => name !== "job_id" && name !== "due_at"));
  const source = Deno.readTextFileSync(`${ROOT}src/plugin/environment.ts`);
  const passed = [...source.matchAll(/"([A-Za-z_]+)"/g)].map(([, name = ""]) => name);
  assert.deepEqual(passed.filter((name) => name !== "LC_" && !named.includes(name)), []);
});

Deno.test("a plugin without a defect passes every check, and nothing is skipped", async () => {
  using plugin = makePlugin();
  const results = await checkPlugin(optionsFor(plugin.folder));
  assert.deepEqual(
    results.filter(({ outcome }) => outcome !== "pass"),
    [],
    failuresOf(results),
  );
  assert.equal(results.length, CHECKS.length);
});

Deno.test("a plugin under check gets the same surroundings as from the gateway", async () => {
  using plugin = makePlugin({
    script: `#!/usr/bin/env bash
id=$(sed -nE 's/.*"job_id":"([^"]*)".*/\\1/p')
[ "$id" = "$SENECHAL_JOB_ID" ] && [ "$PWD" = "\${0%/*}" ] && [ "$SENECHAL_PLUGIN" = it ] || exit 1
echo '{"status":"ok"}'
`,
  });
  const results = await checkPlugin(optionsFor(plugin.folder));
  assert.equal(failuresOf(results), "");
});

function requiredBy(folder: string): readonly string[] {
  const loaded = loadManifest(`${folder}/manifest.yaml`);
  return loaded.ok ? loaded.manifest.config_keys.required ?? [] : [];
}

for (const folder of [ECHO, ...EXAMPLES]) {
  Deno.test({
    name: `the plugin ${basename(folder)} passes every check`,
    ignore: !canRun(folder),
    fn: async () => {
      await using endpoint = serveEtag('"v1"');
      using watched = makePlugin();
      const { url } = endpoint;
      const given = { folder: watched.folder, url, token_url: url };
      const config = Object.entries(given).filter(([key]) => requiredBy(folder).includes(key));
      const results = await checkPlugin(optionsFor(folder, Object.fromEntries(config)));
      const passed = results.filter(({ outcome }) => outcome === "pass");
      assert.equal(passed.length, CHECKS.length, failuresOf(results));
    },
  });
}

Deno.test("the program exits with 0 and prints a line for each check if all pass", async () => {
  using plugin = makePlugin();
  const { code, stdout, stderr } = await checkFolder(plugin.folder);
  const lines = stdout.trimEnd().split("\n");
  assert.deepEqual([code, stderr], [0, ""], stdout);
  assert.equal(lines.length, CHECKS.length + 1);
  const { length } = CHECKS;
  assert.equal(lines.at(-1), `${length} checks: ${length} passed, 0 failed, 0 skipped`);
});

Deno.test("the program exits with 1 and says what it sent, what it got and how to fix it", async () => {
  using plugin = makePlugin({ script: answers('{"status":"fine"}') });
  const { code, stdout } = await checkFolder(plugin.folder, "--config", '{"token":"hush"}');
  assert.equal(code, 1);
  assert.match(
    stdout,
    /^fail {2}answer\.status .*\n {6}sent: \{"protocol":1,.*"config":\{"token":/m,
  );
  assert.match(stdout, /^ {6}got: {2}stdout ".*fine/m);
  assert.match(stdout, /^ {6}fix: {2}write "status"/m);
  assert.match(
    stdout,
    /^skip {2}run\.succeeds .*\n {6}skipped: answer\.status did not pass/m,
  );
  assert.doesNotMatch(stdout, /hush/, "values of config may be secrets");
});

Deno.test("with --json the program writes one object, and reads the config from a file", async () => {
  using plugin = makePlugin({
    manifest: { extra: "config_keys: { required: [token] }" },
    prepare: (folder) => Deno.writeTextFileSync(`${folder}/config.json`, '{"token":"t"}'),
  });
  const { folder } = plugin;
  const { code, stdout } = await checkFolder(folder, "--json", "--config", `${folder}/config.json`);
  const report = parsePrinted("check-plugin", stdout);
  assert.equal(code, 0, stdout);
  assert.deepEqual(
    [report.folder, report.passed, report.failed, report.skipped],
    [folder, CHECKS.length, 0, 0],
  );
  assert.deepEqual(
    report.results.map(({ id }: { id: string }) => id),
    CHECKS.map(({ id }) => id),
  );
});

Deno.test("with --json a failure has what was sent, what came back, and its fix", async () => {
  using plugin = makePlugin({ script: "#!/bin/sh\necho oops >&2; echo no JSON\n" });
  const { code, stdout } = await checkFolder(plugin.folder, "--json");
  const { results, failed, skipped } = parsePrinted("check-plugin", stdout);
  assert.ok(code === 1 && failed > 0 && skipped > 0, stdout);
  const found = results.find(({ outcome }: { outcome: string }) => outcome === "fail");
  assert.deepEqual(Object.keys(found).sort(), [
    "fix",
    "got",
    "id",
    "outcome",
    "sent",
    "stderr",
    "title",
  ]);
});

const wrongUsage: readonly (readonly string[])[] = [
  [],
  ["/no/such/folder"],
  ["deno.json"],
  [ECHO, "--config", "[1]"],
  [ECHO, "--config", "{broken"],
  [ECHO, "--config", "/no/such/file.json"],
  [ECHO, "--timeout", "soon"],
  [ECHO, "--jsno"],
  [ECHO, "more"],
];
for (const args of wrongUsage) {
  Deno.test(`wrong usage exits with 2 and prints one line: ${args.map((arg) => basename(arg)).join(" ")}`, async () => {
    const { code, stdout, stderr } = await checkFolder(...args);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^error: .*\nTry senechal-gw check-plugin --help\n$/);
  });
}
