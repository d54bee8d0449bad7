import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parse, stringify } from "yaml";
import settings from "../deno.json" with { type: "json" };
import { generateSchemas } from "../scripts/write_schemas.ts";
import { ExitCode } from "../src/base/exit_code.ts";
import { isJsonObject, type JsonObject } from "../src/base/json.ts";
import { describeOldDeno } from "../src/base/version.ts";
import { loadConfig } from "../src/config/config.ts";
import { describeProblem } from "../src/document/problem.ts";
import { CHECKS } from "../src/doctor/checks.ts";
import { loadManifest } from "../src/plugin/manifest.ts";
import { findLogCalls } from "./support/log_calls.ts";
import { codeOf, type Fence, type Page, readPage } from "./support/markdown.ts";
import {
  type Checkout,
  createCheckout,
  findCache,
  type ShellBlock,
  startShell,
} from "./support/shell_block.ts";
import { createSite } from "./support/site.ts";
import { exists, missing } from "./support/tools.ts";
import { until } from "./support/wait.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const DOCS = [...Deno.readDirSync(`${ROOT}docs`)]
  .filter(({ name }) => name.endsWith(".md")).map(({ name }) => `docs/${name}`).sort();
const ROOT_PAGES = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"];
const PAGES = [...ROOT_PAGES, ...DOCS].map((path) =>
  readPage(path, Deno.readTextFileSync(`${ROOT}${path}`))
);
const fencesOf = (language: string) =>
  PAGES.flatMap((page) => page.fences.filter((fence) => fence.language === language));

/** The pages and files of this repository that a page links to. */
function linkedPaths({ path, links }: Page): string[] {
  return links.filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => link.startsWith("#") ? path : join(dirname(path), link.split("#")[0] ?? ""));
}

Deno.test("every link between the pages leads to a file and, if it names one, to a heading in it", () => {
  let links = 0;
  for (const page of PAGES) {
    linkedPaths(page).forEach((target) =>
      assert.ok(exists(join(ROOT, target)), `${page.path} links to ${target}`)
    );
    for (const link of page.links.filter((link) => !/^[a-z]+:/.test(link) && link.includes("#"))) {
      const [file = "", anchor = ""] = link.split("#");
      const path = file === "" ? page.path : join(dirname(page.path), file);
      const target = PAGES.find((other) => other.path === path);
      assert.ok(target?.anchors.has(anchor), `${page.path}: ${link}`);
    }
    links += page.links.length;
  }
  assert.ok(links > 0);
});

Deno.test("every page is linked from the README and links to another page", () => {
  const [readme, ...docs] = PAGES;
  assert.ok(readme && docs.length > 0);
  for (const page of docs) {
    assert.ok(linkedPaths(readme).includes(page.path), `README.md has no link to ${page.path}`);
    const others = linkedPaths(page).filter((path) =>
      path !== page.path && PAGES.some((other) => other.path === path)
    );
    assert.ok(others.length > 0, `${page.path} has no link to another page`);
  }
});

Deno.test("every file that the pages for contributors name exists", () => {
  const pages = ["CONTRIBUTING.md", "SECURITY.md", "docs/stability.md"];
  const named = PAGES.filter(({ path }) => pages.includes(path)).flatMap(({ text }) =>
    [...text.matchAll(/`((?:\w+\/)+[\w.]*)`/g)].map(([, path = ""]) => path)
  ).filter((path) => !path.includes("NAME"));
  assert.ok(named.length > 20);
  for (const path of named) assert.ok(exists(join(ROOT, path)), path);
});

Deno.test("SECURITY.md lists the permissions that each command keeps", () => {
  const source = ["commands", "looking", "looking_back", "making", "keeping", "acting"]
    .map((name) => Deno.readTextFileSync(`${ROOT}src/operator/${name}.ts`)).join("\n");
  const kept = [...source.matchAll(/export (?:function|const) (\w+)[^]*?lazily\(\[(.*?)\]/g)]
    .map(([, name = "", names = ""]) => [
      name.replace("newPlugin", "new").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      names.replaceAll('"', "") || "none",
    ]);
  assert.ok(kept.length > 3);
  const [table] = PAGES.find(({ path }) => path === "SECURITY.md")?.tables ?? [];
  const shown = new Map(table?.rows.map(([code = "", names = ""]) => [codeOf(code), names]));
  for (const [command = "", names] of kept) assert.equal(shown.get(command), names, command);
});

Deno.test("docs/operations.md lists every check of doctor with its severity, in their order", () => {
  const [table] = PAGES.find(({ path }) => path === "docs/operations.md")?.tables
    .filter(({ heading }) => heading === "Doctor") ?? [];
  const listed = table?.rows.map(([id = "", severity]) => [codeOf(id), severity]);
  assert.deepEqual(listed, CHECKS.map(({ id, severity }) => [id, severity]));
});

Deno.test("the changelog has the program's version, and a date for each version but the next", () => {
  const text = Deno.readTextFileSync(`${ROOT}CHANGELOG.md`);
  const versions = [...text.matchAll(/^## (.*)$/gm)].map(([, heading = ""]) => heading);
  const [next, ...released] = versions;
  assert.equal(next, "Unreleased");
  for (const heading of released) assert.match(heading, /^\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d$/);
  assert.equal(released[0]?.split(" ")[0], settings.version);
});

Deno.test("every task that the pages name exists in deno.json", () => {
  const names = PAGES.flatMap(({ text }) =>
    [...text.matchAll(/(?:deno|npx --yes deno@[\d.]+) task ([\w:-]+)/g)].map(([, name = ""]) =>
      name
    )
  );
  assert.ok(names.length > 0);
  for (const name of new Set(names)) assert.ok(Object.hasOwn(settings.tasks, name), name);
});

Deno.test("the pages and .ci/run name the same Deno version, which can run the program", () => {
  const texts = [...PAGES.map(({ text }) => text), Deno.readTextFileSync(`${ROOT}.ci/run`)];
  const versions = texts.flatMap((text) =>
    [...text.matchAll(/\bdeno@([\d.]+\d)/g)].map(([, version]) => version)
  );
  const [version = "", ...others] = new Set(versions);
  assert.deepEqual(others, []);
  assert.equal(describeOldDeno(version), undefined);
});

/** Why this test does not run a shell block; `undefined` if it does. */
function reasonNotToRun({ words, text }: Fence): string | undefined {
  if (words.includes("no-test")) return "no-test";
  if (/\[-/.test(text)) return "a synopsis";
  if (/^sqlite3 /m.test(text)) return missing("sqlite3");
  return undefined;
}

let ranBlocks = 0;
for (const page of PAGES) {
  const blocks = page.fences.filter(({ language }) => ["sh", "bash", "console"].includes(language));
  const runnable = blocks.filter((block) => reasonNotToRun(block) === undefined);
  if (runnable.length === 0) continue;
  Deno.test(`the ${runnable.length} commands of ${page.path} do what they say`, async () => {
    await using checkout = createCheckout();
    let background: ShellBlock | undefined;
    for (const fence of page.fences) {
      if (fence.language === "yaml") addPlugins(checkout, fence);
      if (!runnable.includes(fence)) continue;
      ranBlocks++;
      const startsGateway = /\btask start\b/.test(fence.text);
      const needsStop = startsGateway || fence.words.includes("stopped");
      if (needsStop) {
        await stop(background);
        background = undefined;
      } else if (/\bstate\.db\b/.test(fence.text)) background ??= await startGateway(checkout);
      if (startsGateway) {
        await stop(await startGateway(checkout, fence.text));
        continue;
      }
      if (needsStop) Deno.writeTextFileSync(`${checkout.folder}/data/state.db`, "damaged");
      const block = checkout.start(fence.text);
      assert.equal(await block.end(), 0, `${fence.place}\n${block.evidence()}`);
      if (needsStop) background = await startWithSchedule(checkout);
    }
    await stop(background);
    await stop(await startGateway(checkout)); // with the plugins that the page says to add
    assert.deepEqual(checkout.changes(), [], "files that git tracks are the project's");
  });
}

/** Starts a gateway on an empty database and waits until each plugin has had its run. */
async function startGateway(checkout: Checkout, script = "deno task start"): Promise<ShellBlock> {
  await Deno.remove(`${dirname(checkout.config())}/data`, { recursive: true }).catch(() => {});
  const block = checkout.start(script);
  await block.ran();
  return block;
}

/** Starts a gateway on the existing database, which must know when echo runs next. */
async function startWithSchedule(checkout: Checkout): Promise<ShellBlock> {
  const block = checkout.start("deno task start");
  const nextRun = at((await block.started()).next_runs, "echo");
  assert.match(String(nextRun), /^\d{4}-/, block.evidence());
  return block;
}

async function stop(block: ShellBlock | undefined): Promise<void> {
  if (block !== undefined) assert.equal(await block.stop(), 0, block.evidence());
}

/** Adds the entries of a YAML block to the config, for plugins that the page has created. */
function addPlugins(checkout: Checkout, fence: Fence): void {
  const path = checkout.config();
  const block = parse(fence.text) ?? {};
  const entries = block.plugins ?? block; // this test does not use the rest of a whole config
  const isMade = Object.keys(entries).every((name) => exists(`${dirname(path)}/plugins/${name}`));
  if (!isMade) return;
  const config = parse(Deno.readTextFileSync(path));
  const plugins = { ...config.plugins, ...entries };
  Deno.writeTextFileSync(path, stringify({ ...config, plugins }));
}

Deno.test("the shell blocks of the pages run", () => {
  const all = fencesOf("sh");
  console.log(`${ranBlocks} of ${all.length} shell blocks ran; these did not:`);
  for (const fence of all) {
    const reason = reasonNotToRun(fence);
    if (reason !== undefined) console.log(`  ${fence.place} (${reason})`);
  }
  assert.ok(ranBlocks > 0);
});

Deno.test("every SQL block runs on a gateway's database, and one block runs a plugin now", async () => {
  const blocks = fencesOf("sql");
  const runNow = blocks.filter(({ text }) => text.includes("INSERT INTO job_queue"));
  assert.equal(runNow.length, 1);
  await using site = createSite({
    echo: { script: Deno.readTextFileSync(`${ROOT}plugins/echo/run.sh`) },
  });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  for (const { place, text } of blocks.filter((block) => !runNow.includes(block))) {
    assert.doesNotThrow(() => site.execute(text), place);
  }
  assert.deepEqual(site.query("SELECT state FROM plugin_state"), [], "the state is deleted");
  site.execute(runNow[0]?.text ?? "");
  await gateway.loggedTimes("Job succeeded", 2);
  const [first, second] = site.query("SELECT id, submitted_by FROM job_queue ORDER BY seq");
  assert.deepEqual([first?.submitted_by, second?.submitted_by], ["scheduler", "operator"]);
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  assert.match(String(second?.id), uuid);
  assert.equal(await gateway.stop(), 0);
});

Deno.test("backup, verify and restore find the data of a config elsewhere, as SENECHAL_CONFIG names it", async () => {
  const blocks = fencesOf("sh").filter(({ text }) => /\bbackup\.db\b/.test(text));
  assert.equal(blocks.length, 3);
  await using site = createSite({ it: { script: `#!/bin/bash\necho '{"status":"ok"}'` } });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  assert.equal(await gateway.stop(), 0);
  const env = { SENECHAL_CONFIG: `${site.folder}/config.yaml`, DENO_DIR: findCache() };
  for (const { place, text } of blocks) {
    const block = startShell(text, ROOT, env);
    assert.equal(await block.end(), 0, `${place}\n${block.evidence()}`);
  }
  for (const name of ["backup.db", "state.db", "state.db.old/state.db"]) {
    assert.ok(exists(`${site.folder}/data/${name}`), name);
  }
});

Deno.test("the replacement for sqlite3 runs every statement it gets", async () => {
  const [standIn] = fencesOf("sh").filter(({ text }) => text.includes("sourceSQL"));
  const sql = "BEGIN; CREATE TABLE t (a);\nINSERT INTO t VALUES ('x;y'); -- one; two\nCOMMIT;;\n" +
    "SELECT a FROM t; SELECT count(*) AS n FROM t; -- the end";
  const folder = Deno.makeTempDirSync({ prefix: "senechal-docs-" });
  const [command = ""] = standIn?.text.match(/^deno eval.*"\$DB" /ms) ?? [];
  const { code, stdout } = await new Deno.Command("bash", {
    args: ["-c", `${command.replace("deno", Deno.execPath())} "$SQL"`],
    env: { DB: `${folder}/it.db`, SQL: sql, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  Deno.removeSync(folder, { recursive: true });
  assert.equal(code, 0);
  assert.match(new TextDecoder().decode(stdout), /│ a .*│ "x;y" │.*│ n │.*│ 1 │\n/s);
});

Deno.test("every YAML block of the pages is a valid config, entry or manifest", () => {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-docs-" });
  try {
    const blocks = fencesOf("yaml");
    assert.ok(blocks.length > 0);
    for (const { place, text } of blocks) {
      assert.deepEqual(problemsOf(text, `${folder}/it.yaml`), [], `${place}\n${text}`);
    }
    assert.notDeepEqual(problemsOf("hello: { schedle: {} }", `${folder}/it.yaml`), []);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

function problemsOf(text: string, path: string): readonly string[] {
  const value: unknown = parse(text);
  assert.ok(isJsonObject(value));
  if ("entrypoint" in value) {
    Deno.writeTextFileSync(path, text);
    const manifest = loadManifest(path);
    return (manifest.ok ? manifest.warnings : manifest.problems).map(describeProblem);
  }
  const isConfig = Object.keys(value).some((key) => Object.hasOwn(configProperties(), key));
  const whole = isConfig ? { plugins: {}, ...value } : { plugins: value };
  Deno.writeTextFileSync(path, JSON.stringify(whole));
  const config = loadConfig(path, () => "30");
  return config.ok ? [] : config.problems.map(describeProblem);
}

/** The value at a path of keys. */
function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (node, key) =>
      Array.isArray(node) ? node[Number(key)] : isJsonObject(node) ? node[key] : undefined,
    value,
  );
}

function properties(schema: unknown): JsonObject {
  const found = at(schema, "properties");
  return isJsonObject(found) ? found : {};
}

function configProperties(): JsonObject {
  const text = generateSchemas().find(({ path }) => path.includes("config"))?.text ?? "{}";
  return properties(JSON.parse(text));
}

/** Every key of the config with its default, as the table writes them. */
function defaultsOf(schemas: JsonObject, prefix = "", required: unknown = []): [string, string][] {
  return Object.entries(schemas).flatMap(([key, schema]): [string, string][] => {
    const entry = at(schema, "additionalProperties");
    if (isJsonObject(entry) && "properties" in entry) {
      return defaultsOf(properties(entry), `${prefix}${key}.NAME.`);
    }
    const inner = properties(schema);
    if (Object.keys(inner).length > 0 && key !== "defaults") { // one row says that it is like an entry
      return defaultsOf(inner, `${prefix}${key}.`, at(schema, "required"));
    }
    const option = at(schema, "anyOf", "1");
    const value = at(schema, "default") ?? (option === undefined ? "-" : false);
    const isRequired = Array.isArray(required) && required.includes(key);
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const own: [string, string] = [prefix + key, isRequired ? "required" : text];
    return [own, ...defaultsOf(properties(option), `${prefix}${key}.`)];
  });
}

Deno.test("the table of the config has every key of the schema, with its default", () => {
  const tables = PAGES.flatMap(({ tables }) => tables)
    .filter(({ header }) => header[0] === "key" && header[1] === "default");
  assert.ok(tables.length > 0);
  for (const { rows } of tables) {
    const shown = rows.map(([key = "", value = ""]) => [codeOf(key), codeOf(value)]);
    assert.deepEqual(Object.fromEntries(shown), Object.fromEntries(defaultsOf(configProperties())));
  }
});

Deno.test("the tables of exit codes have the program's codes, and no others", () => {
  const tables = PAGES.flatMap(({ tables }) => tables).filter(({ header }) => header[0] === "code");
  assert.ok(tables.length > 0);
  for (const { rows } of tables) {
    assert.deepEqual(rows.map(([code = ""]) => Number(codeOf(code))), Object.values(ExitCode));
  }
});

Deno.test("the tables of log messages have what src logs at that level, and nothing else", () => {
  const tables = PAGES.find(({ path }) => path === "docs/operations.md")?.tables
    .filter(({ header }) => header[0] === "message") ?? [];
  const listed = tables.flatMap(({ heading, rows }) =>
    rows.map(([message = ""]) => `${heading}: ${codeOf(message)}`)
  );
  const logged = findLogCalls(`${ROOT}src`).map(({ level, message }) => `${level}: ${message}`);
  assert.ok(logged.length > 20);
  assert.deepEqual(listed.sort(), [...new Set(logged)].sort());
});

Deno.test("every line of a gateway at log level debug is in the tables with its component", async () => {
  const tables = PAGES.find(({ path }) => path === "docs/operations.md")?.tables ?? [];
  const components = new Map(
    tables.filter(({ header }) => header[0] === "message").flatMap(({ rows }) =>
      rows.map(([message = "", component = ""]) => [codeOf(message), component.split(", ")])
    ),
  );
  await using site = createSite({
    good: { script: `#!/bin/bash\necho loud >&2; echo '{"status":"ok","events":[1]}'` },
    bad: { script: "#!/bin/bash\nexit 1" },
    gone: { script: "#!/bin/bash" },
    slow: { script: "#!/bin/bash\n[ -e ran ] && exit 1; touch ran; exec sleep 99" },
  });
  Deno.removeSync(`${site.folder}/plugins/gone/run.sh`);
  const crashed = site.start();
  await crashed.logged("Job succeeded");
  await crashed.logged("Job failed");
  await until("the slow plugin", () => exists(`${site.folder}/plugins/slow/ran`));
  await crashed.kill();
  using other = new DatabaseSync(`${site.folder}/data/state.db`, { timeout: 10_000 });
  other.exec("BEGIN IMMEDIATE");
  const recovering = site.start();
  await recovering.logged("Storage failed, trying again");
  other.exec("COMMIT");
  await recovering.logged("Orphaned job recovered");
  assert.equal(await recovering.stop(), 0);
  for (const { message, component } of [...crashed.log(), ...recovering.log()]) {
    const listed = components.get(String(message)) ?? [];
    assert.ok(listed.includes(String(component)), `${message} of ${component}`);
  }
});
