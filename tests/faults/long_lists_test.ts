import assert from "node:assert/strict";
import { recordFault } from "../support/campaign.ts";
import { createSite, type TestPlugin } from "../support/site.ts";

const WELL: TestPlugin = { script: `#!/bin/bash\ncat > /dev/null\necho '{"status":"ok"}'\n` };

Deno.test("a manifest with 100,000 unknown keys causes twenty warnings, and both plugins run", async () => {
  await using site = createSite({ odd: WELL, well: WELL });
  const keys = Array.from({ length: 100_000 }, (_, n) => `k${n}: 1\n`).join("");
  Deno.writeTextFileSync(`${site.folder}/plugins/odd/manifest.yaml`, keys, { append: true });
  const gateway = site.start();
  await gateway.logged("Job succeeded", { plugin: "odd" });
  await gateway.logged("Job succeeded", { plugin: "well" });
  assert.equal(await gateway.stop(), 0);
  const warnings = gateway.log().filter(({ message }) => message === "Manifest key ignored");
  assert.equal(warnings.length, 21);
  assert.equal(warnings[0]?.plugin, "odd");
  assert.match(
    String(warnings[0]?.warning),
    /^manifest\.yaml:5:1: k0: unknown key, expected one of: /,
  );
  assert.equal(warnings[20]?.warning, "manifest.yaml:25:1: and 99980 more");
  recordFault({
    fault: "manifest with 100,000 unknown keys",
    times: 1,
    outcome: "20 warnings, all plugins run",
    isNew: true,
  });
});

/** Lines of a manifest with far too many faults, and the end of its refusal. */
const FAULTY: Readonly<Record<string, readonly [lines: string, end: string]>> = {
  items: [`commands: [${"1,".repeat(30_000)}1]`, "; manifest.yaml:4:52: and 29981 more"],
  tags: [`x: [${"!a 1,".repeat(100_000)}1]`, "; manifest.yaml:4:105: and 99980 more"],
  required: [
    `commands: [poll]\nconfig_keys: { required: [${"k,".repeat(100_000)}k] }`,
    ": k, k, k, k, k, k, k, k, k, k, k, k, k, k, k, k, k, k, k, k and 99981 more; " +
    "add them under plugins.required.config",
  ],
};

Deno.test("a manifest with 100,000 faults is refused in a short line, and the others run", async () => {
  const names = Object.keys(FAULTY);
  await using site = createSite(Object.fromEntries(["well", ...names].map((name) => [name, WELL])));
  for (const [name, [lines]] of Object.entries(FAULTY)) {
    const text = `name: ${name}\nprotocol: 1\nentrypoint: run.sh\n${lines}\n`;
    Deno.writeTextFileSync(`${site.folder}/plugins/${name}/manifest.yaml`, text);
  }
  const gateway = site.start();
  await gateway.logged("Job succeeded", { plugin: "well" });
  for (const [plugin, [, end]] of Object.entries(FAULTY)) {
    const { error } = await gateway.logged("Plugin refused", { plugin });
    const line = String(error);
    assert.ok(line.endsWith(end), line);
    assert.ok(line.length < 4_000);
  }
  assert.equal(await gateway.stop(), 0);
  recordFault({
    fault: "manifests with 30,000 to 100,000 faults",
    times: names.length,
    outcome: "refused in a short line, the others run",
    isNew: true,
  });
});

Deno.test("a config with 300,000 wrong values in one list is refused with their place", async () => {
  const entry = `{ schedule: { every: 1h }, env: [${"1,".repeat(300_000)}1] }`;
  await using site = createSite({ it: { ...WELL, entry } });
  const gateway = site.start();
  assert.equal(await gateway.exit, 78);
  assert.deepEqual(gateway.stderr, [
    "config.yaml:1:1: too many wrong values in one list to name; is this the right file?",
  ]);
  recordFault({
    fault: "config with 300,000 wrong values in one list",
    times: 1,
    outcome: "exit 78, one line",
    isNew: true,
  });
});

Deno.test("a reference inside the default of another is refused with its place", async () => {
  const entry = "{ schedule: { every: 1h }, config: { a: '${A:-${B:-x}}' } }";
  await using site = createSite({ it: { ...WELL, entry } });
  const gateway = site.start();
  assert.equal(await gateway.exit, 78);
  assert.match(
    gateway.stderr.join("\n"),
    /^config\.yaml:3:\d+: plugins\.it\.config\.a: a default ends /,
  );
  recordFault({
    fault: "a variable in the default of another",
    times: 1,
    outcome: "exit 78, with the place",
    isNew: true,
  });
});
