import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { createSite } from "../support/site.ts";
import { exists } from "../support/tools.ts";

const plugin = { script: `#!/bin/bash\necho '{"status":"ok"}'` };

Deno.test("a bad config exits 78 with the place of every problem, before anything is touched", async () => {
  await using site = createSite({ it: plugin });
  Deno.writeTextFileSync(
    `${site.folder}/config.yaml`,
    "service:\n  tick_intervall: 60s\nplugins:\n  it:\n    schedule: { every: soon }\n" +
      "    config: { token: '${NOT_SET_ANYWHERE}' }\nroutes: []\n",
  );
  const gateway = site.start();
  assert.equal(await gateway.exit, 78);
  const logged = gateway.log().map(({ level, component, message, error }) =>
    `${level} ${component} ${message}: ${error}`
  );
  assert.deepEqual(
    logged,
    gateway.stderr.map((line) => `error config Config cannot be used: ${line}`),
  );
  assert.deepEqual(gateway.stderr, [
    'config.yaml:2:3: service.tick_intervall: unknown key, did you mean "tick_interval"?',
    "config.yaml:5:17: plugins.it.schedule.every: not a duration; write it as 500ms, 90s, 5m, 6h, " +
    "1d, 2w, 1h30m, hourly, daily or weekly",
    "config.yaml:6:15: plugins.it.config.token: environment variable NOT_SET_ANYWHERE is not set; set it, or write ${NOT_SET_ANYWHERE:-default}",
    "config.yaml:7:1: routes: this version does not support it; remove it",
  ]);
  assert.equal(exists(`${site.folder}/data`), false);
});

Deno.test("a missing config file exits 78 and names it", async () => {
  await using site = createSite({ it: plugin });
  const gateway = site.start({ args: ["start", "--config", "nowhere.yaml"] });
  assert.equal(await gateway.exit, 78);
  assert.deepEqual(gateway.stderr, [
    "Cannot read nowhere.yaml: no such file; create it, or name another one" +
    " (senechal-gw init FOLDER, --config PATH)",
  ]);
});

Deno.test("a plugin that cannot be loaded is an error in the log, and the others run", async () => {
  await using site = createSite({ bad: plugin, good: plugin });
  Deno.chmodSync(`${site.folder}/plugins/bad/run.sh`, 0o644);
  const gateway = site.start();
  await gateway.logged("Job succeeded", { plugin: "good" });
  const refused = await gateway.logged("Plugin refused", { plugin: "bad" });
  assert.equal(refused.level, "error");
  assert.match(
    String(refused.error),
    /^Cannot load plugin "bad": entrypoint run\.sh is not executable; run chmod \+x /,
  );
  assert.equal(await gateway.stop(), 0);
  assert.deepEqual(site.query("SELECT DISTINCT plugin FROM job_queue"), [{ plugin: "good" }]);
});

Deno.test("a start with no loadable plugin exits 78 and creates nothing", async () => {
  await using site = createSite({ bad: plugin });
  Deno.removeSync(`${site.folder}/plugins/bad/run.sh`);
  const gateway = site.start();
  assert.equal(await gateway.exit, 78);
  assert.deepEqual(gateway.stderr, [
    "Cannot start: none of the enabled plugins can be loaded (bad); the log says why",
  ]);
  assert.equal(exists(`${site.folder}/data`), false);
});

Deno.test("a second gateway on the same database exits 75, names the first and touches nothing", async () => {
  await using site = createSite({ it: plugin });
  const first = site.start();
  await first.logged("Job succeeded");
  const second = site.start();
  assert.equal(await second.exit, 75);
  assert.deepEqual(second.stderr, [
    `Cannot start: process ${first.pid} holds the lock ${site.folder}/data/senechal-gw.lock; ` +
    "stop it, or set state.path to a file in its own folder: two databases in one folder are not " +
    "supported",
  ]);
  assert.deepEqual(site.query("SELECT pid FROM heartbeat"), [{ pid: first.pid }]);
  assert.deepEqual(site.query("SELECT status FROM job_queue"), [{ status: "succeeded" }]);
  assert.equal(await first.stop(), 0);
});

Deno.test("each tick leaves a sign of life, of which there is one", async () => {
  await using site = createSite({ it: plugin });
  const gateway = site.start();
  const beats = () => site.query("SELECT pid, started_at, tick_at FROM heartbeat");
  await gateway.logged("Job succeeded");
  const [first, ...others] = beats();
  assert.deepEqual([first?.pid, others], [gateway.pid, []]);
  await gateway.loggedTimes("Tick", gateway.count("Tick") + 3);
  const [later, ...more] = beats();
  assert.deepEqual([later?.pid, later?.started_at, more], [gateway.pid, first?.started_at, []]);
  assert.ok(String(later?.tick_at) > String(first?.tick_at));
  assert.equal(await gateway.stop(), 0);
});

Deno.test("files are created 0600 and folders 0700", async () => {
  await using site = createSite({ it: plugin });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  const mode = (path: string) => (Deno.statSync(path).mode ?? 0) & 0o777;
  assert.equal(mode(`${site.folder}/data`), 0o700);
  for (const { name, isFile } of Deno.readDirSync(`${site.folder}/data`)) {
    assert.equal(mode(`${site.folder}/data/${name}`), isFile ? 0o600 : 0o700, name);
  }
  assert.equal(await gateway.stop(), 0);
  assert.deepEqual([...Deno.readDirSync(`${site.folder}/data`)].map(({ name }) => name).sort(), [
    "senechal-gw.lock",
    "state.db",
    "wake",
  ]);
});

const unusable: readonly [name: string, make: (path: string) => void, error: RegExp][] = [
  ["of random bytes", (path) => {
    Deno.writeFileSync(path, crypto.getRandomValues(new Uint8Array(8192)));
  }, /file is not a database/],
  ["of another program", (path) => {
    using db = new DatabaseSync(path);
    db.exec("CREATE TABLE notes (text TEXT)");
  }, /it belongs to another program; set state\.path to another file$/],
  ["of a later version", (path) => {
    using db = new DatabaseSync(path);
    db.exec("PRAGMA application_id = 0x534e434c; PRAGMA user_version = 99; CREATE TABLE t (a)");
  }, /its tables are version 99, but this program supports only up to 3/],
];
for (const [name, make, error] of unusable) {
  Deno.test(`a start on a database ${name} exits 1 and leaves it byte for byte as it was`, async () => {
    await using site = createSite({ it: plugin });
    const path = `${site.folder}/data/state.db`;
    Deno.mkdirSync(`${site.folder}/data`);
    make(path);
    const before = Deno.readFileSync(path);
    const gateway = site.start();
    assert.equal(await gateway.exit, 1);
    assert.equal(gateway.stderr.length, 1);
    assert.match(gateway.stderr[0] ?? "", error);
    assert.deepEqual(Deno.readFileSync(path), before);
  });
}

const usages: readonly [args: readonly string[], code: number, said: RegExp][] = [
  [["start", "-c", "nowhere.yaml"], 78, /Cannot read nowhere\.yaml/],
  [["start", "--config=nowhere.yaml"], 78, /Cannot read nowhere\.yaml/],
];
for (const [args, code, said] of usages) {
  Deno.test(`senechal-gw ${args.join(" ")} exits ${code}`, async () => {
    await using site = createSite({ it: plugin });
    const gateway = site.start({ args });
    assert.equal(await gateway.exit, code);
    assert.match([...gateway.lines, ...gateway.stderr].join("\n"), said);
  });
}
