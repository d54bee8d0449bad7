import assert from "node:assert/strict";
import { recordFault } from "../support/campaign.ts";
import { createSite } from "../support/site.ts";

const SECRET = "s3cr3t-7f9a2b";
const OK = `echo '{"status":"ok"}'`;

/** The bytes of every file under `folder`, as text that keeps each byte. */
function bytesUnder(folder: string): string {
  return [...Deno.readDirSync(folder)].map(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return bytesUnder(path);
    return new TextDecoder("latin1").decode(Deno.readFileSync(path));
  }).join("\n");
}

Deno.test("a config value is never in the log, in an error or in the database", async () => {
  const entry = "{ schedule: { every: 100ms }, config: { token: '${TOKEN}', port: '${TOKEN}' } }";
  await using site = createSite({
    good: { script: `#!/bin/bash\ncat > /dev/null; ${OK}`, entry },
    failing: { script: "#!/bin/bash\ncat > /dev/null; exit 1", entry },
    silent: { script: "#!/bin/bash\ncat > /dev/null", entry },
    unstartable: { script: "#!/no/interpreter\n", entry },
    hanging: {
      script: "#!/bin/bash\nsleep 9",
      entry: entry.replace("{ schedule", "{ timeouts: { poll: 100ms }, schedule"),
    },
  });
  const gateway = site.start({ env: { TOKEN: SECRET } });
  for (const plugin of ["failing", "silent", "unstartable", "hanging"]) {
    await gateway.logged("Job failed", { plugin });
  }
  await gateway.logged("Job succeeded", { plugin: "good" });
  const whileRunning = bytesUnder(`${site.folder}/data`);
  assert.equal(await gateway.stop(), 0);
  const said = [
    ...gateway.lines,
    ...gateway.stderr,
    whileRunning,
    bytesUnder(`${site.folder}/data`),
  ];
  assert.ok(said.join().length > 10_000);
  assert.ok(!said.some((text) => text.includes(SECRET)));
  recordFault({ fault: "search for a secret in log and database", times: 1, outcome: "not found" });
});

Deno.test("the refusal of a config does not show its values", async () => {
  await using site = createSite({ it: { script: `#!/bin/bash\n${OK}` } });
  Deno.writeTextFileSync(
    `${site.folder}/config.yaml`,
    "service: { log_level: '${TOKEN}', tick_interval: '${TOKEN}', name: ['${TOKEN}'] }\n" +
      "plugins: { it: { enabled: '${TOKEN}', schedule: { every: '${TOKEN}' }, env: ['${TOKEN}'] } }\n",
  );
  const gateway = site.start({ env: { TOKEN: SECRET } });
  assert.equal(await gateway.exit, 78);
  assert.ok(gateway.stderr.length >= 5, gateway.evidence());
  assert.ok(!gateway.evidence().includes(SECRET), gateway.evidence());
});

Deno.test("a plugin sees only the documented part of the gateway's environment", async () => {
  await using site = createSite({
    it: {
      script: `#!/bin/bash\nenv -0 | cut -z -d= -f1 | tr '\\0' '\\n' > names; ${OK}`,
      entry: "{ schedule: { every: 1h }, env: [WANTED, NOT_THERE] }",
    },
  });
  const hidden = ["GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "NODE_OPTIONS", "DENO_AUTH_TOKENS"];
  const gateway = site.start({
    env: {
      ...Object.fromEntries(hidden.map((name) => [name, SECRET])),
      WANTED: "yes",
      LC_TIME: "C",
      TZ: "UTC",
      HTTPS_PROXY: "http://localhost:1",
    },
  });
  await gateway.logged("Job succeeded");
  assert.equal(await gateway.stop(), 0);
  const names = Deno.readTextFileSync(`${site.folder}/plugins/it/names`).trim().split("\n");
  for (const name of ["WANTED", "LC_TIME", "TZ", "HTTPS_PROXY", "PATH", "SENECHAL_JOB_ID"]) {
    assert.ok(names.includes(name), name);
  }
  const stated = new Set([
    ...["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_TIME", "TZ", "TMPDIR"],
    ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"],
    ...["SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"],
    ...["NODE_EXTRA_CA_CERTS", "WANTED", "SENECHAL_JOB_ID", "SENECHAL_PLUGIN"],
    "SENECHAL_DUE_AT",
    ...["_", "PWD", "SHLVL", "OLDPWD"], // bash sets these itself
  ]);
  const others = names.filter((name) => !stated.has(name) && !stated.has(name.toUpperCase()));
  assert.deepEqual(others, []);
});

Deno.test("a plugin cannot make the gateway write outside its database", async () => {
  await using site = createSite({
    it: {
      script: `#!/bin/bash
echo '{"status":"ok","state_updates":{"../../escaped":"x","/tmp/escaped":1},"logs":[{"level":"../x","message":"../y"}],"events":[{"path":"../z"}]}'`,
    },
  });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  assert.equal(await gateway.stop(), 0);
  const files = [...Deno.readDirSync(site.folder)].map(({ name }) => name).sort();
  assert.deepEqual(files, ["config.yaml", "data", "plugins"]);
  const inPlugins = [...Deno.readDirSync(`${site.folder}/plugins/it`)].map(({ name }) => name);
  assert.deepEqual(inPlugins.sort(), ["manifest.yaml", "run.sh"]);
});
