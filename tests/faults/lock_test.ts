import assert from "node:assert/strict";
import { recordFault } from "../support/campaign.ts";
import { createSite, type Site } from "../support/site.ts";
import { exists } from "../support/tools.ts";
import { isAlive, until } from "../support/wait.ts";

const OK = `#!/bin/bash\necho '{"status":"ok"}'\n`;
/** Writes its pid, then waits for the file `go`. */
const WAITS =
  `#!/bin/bash\necho $$ > pid; until [ -e go ] || ! [ -e run.sh ]; do sleep 0.02; done; ${
    OK.replace("#!/bin/bash\n", "")
  }`;

/** A second site whose database is the first one's, through a link that `link` makes. */
function createTwin(first: Site, link: (target: string, path: string) => void): Site {
  const twin = createSite({ it: { script: OK } });
  Deno.mkdirSync(`${twin.folder}/data`);
  link(`${first.folder}/data/state.db`, `${twin.folder}/data/state.db`);
  return twin;
}

const links = [
  ["a symbolic link", Deno.symlinkSync],
  ["a hard link", Deno.linkSync],
] as const;
for (const [name, link] of links) {
  Deno.test({
    name: `a gateway whose state.path is ${name} to another gateway's database exits 75`,
    ignore: name === "a hard link" && Deno.build.os !== "linux",
    async fn() {
      await using site = createSite({ it: { script: WAITS } });
      const first = site.start();
      await first.logged("Plugin spawned");
      await until("the plugin", () => exists(`${site.folder}/plugins/it/pid`));
      await using twin = createTwin(site, link);
      const second = twin.start();
      assert.equal(await second.exit, 75, second.evidence());
      assert.equal(second.stderr.length, 1);
      assert.ok(isAlive(Number(Deno.readTextFileSync(`${site.folder}/plugins/it/pid`))));
      Deno.writeTextFileSync(`${site.folder}/plugins/it/go`, "");
      await first.logged("Job succeeded");
      assert.equal(await first.stop(), 0);
      const fault = `${name} to a database in use`;
      recordFault({ fault, times: 1, outcome: "exit 75", isNew: true });
    },
  });
}

const losses: readonly [name: string, lose: (lock: string) => void][] = [
  ["deleted", (lock) => Deno.removeSync(lock)],
  ["replaced", (lock) => {
    Deno.writeTextFileSync(`${lock}.new`, "1\n");
    Deno.renameSync(`${lock}.new`, lock);
  }],
];
for (const [name, lose] of losses) {
  Deno.test(`a lock file that is ${name} while running is taken again, and a second gateway exits 75`, async () => {
    await using site = createSite({ it: { script: WAITS } });
    const lock = `${site.folder}/data/senechal-gw.lock`;
    const first = site.start();
    await first.logged("Plugin spawned");
    await until("the plugin", () => exists(`${site.folder}/plugins/it/pid`));
    lose(lock);
    const second = site.start();
    assert.equal(await second.exit, 75, second.evidence());
    const said = await first.logged("Lock file was deleted or replaced, taking the lock again");
    assert.equal(said.level, "error");
    await until("the lock", () => Deno.readTextFileSync(lock) === `${first.pid}\n`);
    const third = site.start();
    assert.equal(await third.exit, 75, third.evidence());
    assert.match(third.stderr[0] ?? "", new RegExp(`process ${first.pid} holds the lock`));
    Deno.writeTextFileSync(`${site.folder}/plugins/it/go`, "");
    await first.logged("Job succeeded", { attempt: 1 });
    assert.equal(await first.stop(), 0);
    const outcome = "taken again, the second one exits 75";
    recordFault({ fault: `lock file ${name} while running`, times: 1, outcome, isNew: true });
  });
}

Deno.test("of two gateways on a data folder that is renamed while running, one continues", async () => {
  await using site = createSite({ it: { script: OK, entry: "{ schedule: { every: 100ms } }" } });
  const first = site.start();
  await first.loggedTimes("Job succeeded", 2);
  Deno.renameSync(`${site.folder}/data`, `${site.folder}/data.old`);
  const second = site.start();
  const loser = await Promise.race([
    first.code.then(() => first),
    second.code.then(() => second),
  ]);
  assert.equal(await loser.exit, 75, loser.evidence());
  const winner = loser === first ? second : first;
  const before = winner.count("Job succeeded");
  await winner.loggedTimes("Job succeeded", before + 2);
  assert.equal(await winner.stop(), 0);
  const outcome = "one goes on, the other exits 75";
  recordFault({ fault: "data folder renamed while running", times: 1, outcome, isNew: true });
});

Deno.test("a link in place of the lock file is refused, and its target stays as it is", async () => {
  await using site = createSite({ it: { script: OK } });
  Deno.mkdirSync(`${site.folder}/data`);
  Deno.writeTextFileSync(`${site.folder}/precious`, "precious");
  Deno.symlinkSync("../precious", `${site.folder}/data/senechal-gw.lock`);
  const gateway = site.start();
  assert.equal(await gateway.exit, 1);
  assert.match(gateway.stderr[0] ?? "", /senechal-gw\.lock cannot be taken \(it is not a regular/);
  assert.equal(Deno.readTextFileSync(`${site.folder}/precious`), "precious");
  recordFault({
    fault: "lock file is a link",
    times: 1,
    outcome: "exit 1, untouched",
    isNew: true,
  });
});

Deno.test("two databases in one folder exclude each other, and the message says so", async () => {
  await using site = createSite({ it: { script: OK } });
  const first = site.start();
  await first.logged("Job succeeded");
  const config = Deno.readTextFileSync(`${site.folder}/config.yaml`);
  Deno.writeTextFileSync(
    `${site.folder}/other.yaml`,
    `${config}state: { path: ./data/other.db }\n`,
  );
  const second = site.start({ args: ["start", "--config", `${site.folder}/other.yaml`] });
  assert.equal(await second.exit, 75);
  assert.match(second.stderr[0] ?? "", /two databases in one folder are not supported$/);
  assert.equal(exists(`${site.folder}/data/other.db`), false);
  assert.equal(await first.stop(), 0);
  const outcome = "exit 75, stderr says so";
  recordFault({ fault: "two databases in one folder", times: 1, outcome, isNew: true });
});

Deno.test("a plugins_dir that everyone may write to is refused, unless it is sticky", async () => {
  await using site = createSite({ it: { script: OK } });
  Deno.chmodSync(`${site.folder}/plugins`, 0o777);
  const refused = site.start();
  assert.equal(await refused.exit, 78);
  const { error } = await refused.logged("Plugin refused");
  assert.match(String(error), /plugins_dir is writable by everyone; run chmod o-w /);
  Deno.chmodSync(`${site.folder}/plugins`, 0o1777);
  const sticky = site.start();
  await sticky.logged("Job succeeded");
  assert.equal(await sticky.stop(), 0);
  const fault = "plugins_dir writable by everyone";
  recordFault({ fault, times: 1, outcome: "exit 78", isNew: true });
});

Deno.test("the log warns of a database and its folder if everyone may write to them", async () => {
  await using site = createSite({ it: { script: OK } });
  const first = site.start();
  await first.logged("Job succeeded");
  assert.equal(await first.stop(), 0);
  const warning = "State is writable by everyone";
  assert.ok(!first.log().some(({ message }) => message === warning));
  const paths = [`${site.folder}/data`, `${site.folder}/data/state.db`];
  Deno.chmodSync(paths[0] ?? "", 0o777);
  Deno.chmodSync(paths[1] ?? "", 0o666);
  const second = site.start();
  for (const path of paths) assert.equal((await second.logged(warning, { path })).level, "warn");
  assert.equal(await second.stop(), 0);
  const fault = "state writable by everyone";
  recordFault({ fault, times: 2, outcome: "warning", isNew: true });
});
