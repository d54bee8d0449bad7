import assert from "node:assert/strict";
import { textsIn } from "../../src/core/secret.ts";
import { recordFault } from "../support/campaign.ts";
import { createSite, type Site } from "../support/site.ts";
import { until } from "../support/wait.ts";

/** Each form of it looks different: JSON escapes the quote and the backslash, Python the rest, too. */
const TOKEN = 'tök"en\\of\u{1F511}-7f9a2b-and-some-more-of-it';
const KEY_LINES = ["-----BEGIN KEY-----", "MIIEvQIBADANBgkqhkiG", "9w0BAQEFAASC/x8k+=="];
const KEY = KEY_LINES.join("\n");

const json = (text: string) => JSON.stringify(text).slice(1, -1);
const ascii = (text: string) =>
  json(text).replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** Every text that must be neither in the log nor in the database, cut to what is secret of it. */
const HIDDEN = [TOKEN, ...KEY_LINES].flatMap((secret) => [secret, json(secret), ascii(secret)])
  .map((secret) => secret.slice(0, 8));

/** A piece of bash that writes a text as it is. */
const write = (text: string) => `cat <<'END_OF_TEXT' | head -c -1\n${text}\nEND_OF_TEXT\n`;
const writeFill = (length: number) => `head -c ${length} /dev/zero | tr '\\0' x\n`;
const onStderr = (piece: string) => `{ ${piece} } >&2\n`;
const answer = (fields: Readonly<Record<string, unknown>>) => write(JSON.stringify(fields));
const OK = answer({ status: "ok" });

const MIB = 1024 * 1024;

/** Plugins that show their secrets, each in another way: bash that follows the reading of stdin. */
const LEAKS: Readonly<Record<string, string>> = {
  "on-stderr": onStderr(write(`token ${TOKEN} in a line\n`)) + OK,
  "in-error": answer({ status: "error", error: `401 for ${TOKEN}` }),
  "in-logs": answer({ status: "ok", logs: [{ message: `got ${TOKEN}` }] }),
  "no-json": write(`The token is ${TOKEN}, and the answer:\n`) + OK,
  "no-json-quoted": write(`{"token": "${json(TOKEN)}", "ascii": "${ascii(TOKEN)}",}`),
  "wrong-fields": answer({ token: TOKEN, status: TOKEN, logs: TOKEN }),
  "two-writes": onStderr(write(TOKEN.slice(0, 9))) + "sleep 0.1\n" +
    onStderr(write(TOKEN.slice(9))) + OK,
  "as-json": onStderr(write(JSON.stringify({ token: TOKEN }))) + OK,
  "as-ascii-json": onStderr(write(`{"token": "${ascii(TOKEN)}"}`)) + OK,
  "of-many-lines": onStderr(write(`${KEY}\n${JSON.stringify({ KEY })}\n`)) +
    answer({ status: "error", error: KEY, logs: [{ message: KEY }] }),
  "failing-exit": answer({ status: "ok", note: TOKEN, key: KEY }) + "exit 3\n",
  "last-words": onStderr(write(`Traceback:\n  File "x.py"\nValueError: bad ${TOKEN}\n`)) +
    "exit 1\n",
  "cut-last-words": onStderr(writeFill(MIB - 31) + "echo\n" + write(`token ${TOKEN}`)) + "exit 1\n",
  "cut-line": onStderr(writeFill(8_170) + write(`token ${TOKEN}`)) + OK,
  "cut-rows": onStderr(writeFill(65_510) + write(`token ${TOKEN}`)) +
    writeFill(65_510) + write(`token ${TOKEN}`) + "exit 1\n",
  "cut-error": answer({ status: "error", error: `${"x".repeat(8_170)} ${TOKEN}` }),
  "cut-by-itself": answer({ status: "ok", logs: [{ message: `got ${TOKEN.slice(0, 20)}` }] }),
  "killed": onStderr(write(`token ${TOKEN.slice(0, 20)}`)) + "kill -KILL $$\n",
};

const ENTRY = "{ schedule: { every: 1h }, config: { token: '${TOKEN}', key: '${file:key}' } }";

function createLeakySite(format: string): Site {
  const plugins = Object.entries(LEAKS).map(([name, leak]) => [
    name,
    { script: `#!/bin/bash\ncat > /dev/null\n${leak}`, entry: ENTRY },
  ]);
  const unstartable = { script: `#!/no/${KEY_LINES[1]}/interpreter\n`, entry: ENTRY };
  const site = createSite(
    { ...Object.fromEntries(plugins), unstartable },
    `log_format: ${format}`,
  );
  Deno.writeTextFileSync(`${site.folder}/key`, `${KEY}\n`, { mode: 0o600 });
  return site;
}

/** The bytes of every file of the database, as text that keeps each byte. */
function databaseOf({ folder }: Site): string {
  const files = [...Deno.readDirSync(`${folder}/data`)].filter(({ isFile }) => isFile);
  return files.map(({ name }) => {
    const bytes = Deno.readFileSync(`${folder}/data/${name}`);
    return new TextDecoder("latin1").decode(bytes);
  }).join("\n");
}

const latin1 = (text: string) => new TextDecoder("latin1").decode(new TextEncoder().encode(text));

for (const format of ["json", "text"]) {
  Deno.test(`no plugin gets a secret into the ${format} log or the bytes of the database`, async () => {
    await using site = createLeakySite(format);
    const gateway = site.start({ env: { TOKEN } });
    const names = [...Object.keys(LEAKS), "unstartable"];
    await until(
      "every plugin's end",
      () =>
        gateway.lines.filter((line) => /Job (succeeded|failed)/.test(line)).length ===
          names.length || undefined,
      gateway.evidence,
    );
    const whileRunning = databaseOf(site);
    assert.equal(await gateway.stop(), 0);
    const log = gateway.evidence();
    for (const hidden of HIDDEN) {
      assert.ok(!log.includes(hidden), `the log has ${hidden}`);
      assert.ok(!whileRunning.includes(latin1(hidden)), `the -wal has ${hidden}`);
      assert.ok(!databaseOf(site).includes(latin1(hidden)), `the database has ${hidden}`);
    }
    for (const name of names) {
      const isMasked = ({ plugin }: Record<string, unknown>) => plugin === name;
      const rows = site.query("SELECT plugin, last_error, stderr, stdout FROM job_log");
      const inLog = gateway.lines.some((line) => line.includes(name) && line.includes("[secret]"));
      const inRows = textsIn(rows.filter(isMasked)).some((text) => text.includes("[secret]"));
      assert.ok(inLog || inRows, `${name} shows no secret, so it tests nothing`);
    }
    assert.ok(log.includes("token [secret] in a line"), "what is around a secret is kept");
    const outcome = "not found";
    recordFault({
      fault: `search for leaked secrets, ${format} log`,
      times: names.length,
      outcome,
    });
  });
}

/** A plugin that replaces its token at each run, and shows the old and the new one. */
const ROTATING = `#!/bin/bash
request=$(cat)
old=$(sed -n 's/.*"refresh_token":"\\([^"]*\\)".*/\\1/p' <<< "$request")
new="rotated-$RANDOM$RANDOM-\${#old}"
echo "$new" >> tokens
echo "was \${old:-none-yet}, is $new" >&2
case $(wc -l < tokens) in
  1) echo "{\\"status\\":\\"ok\\",\\"state_updates\\":{\\"refresh_token\\":\\"$new\\"}}" ;;
  2) echo "{\\"status\\":\\"error\\",\\"error\\":\\"$old, $new\\",\\"state_updates\\":{\\"refresh_token\\":\\"$new\\",\\"seen\\":1},\\"logs\\":[{\\"message\\":\\"$new\\"}]}" ;;
  3) echo "fetching {\\"status\\":\\"ok\\",\\"state_updates\\":{\\"refresh_token\\":\\"$new\\"}}" ;;
  *) echo "{\\"status\\":1,\\"error\\":\\"$old\\",\\"state_updates\\":{\\"refresh_token\\":{\\"a\\":[\\"$new\\"]}}}"; exit 1 ;;
esac
`;

Deno.test("a token in secret_state is stored on error, reaches the next run, and is never shown", async () => {
  await using site = createSite({
    rotating: { script: ROTATING, entry: "{ schedule: { every: 100ms } }" },
  });
  const folder = `${site.folder}/plugins/rotating`;
  const keys = "state_on_error: [refresh_token]\nsecret_state: [refresh_token]\n";
  Deno.writeTextFileSync(`${folder}/manifest.yaml`, keys, { append: true });
  const gateway = site.start();
  await gateway.loggedTimes("Job failed", 3);
  assert.equal(await gateway.stop(), 0);
  const tokens = Deno.readTextFileSync(`${folder}/tokens`).trim().split("\n");
  const [first = "", second = ""] = tokens;
  assert.ok(tokens.length >= 4);

  const [row] = site.query("SELECT state FROM plugin_state");
  assert.deepEqual(row, { state: JSON.stringify({ refresh_token: second }) });
  const rows = site.query("SELECT last_error, stderr, stdout FROM job_log ORDER BY rowid");
  const jobs = site.query("SELECT last_error FROM job_queue");
  for (const token of tokens) {
    assert.ok(!gateway.evidence().includes(token), `${token} is in the log`);
    assert.ok(!JSON.stringify([rows, jobs]).includes(token), `${token} is in a row`);
  }
  assert.equal(rows[0]?.stderr, "was none-yet, is [secret]\n");
  assert.equal(rows[1]?.last_error, "[secret], [secret]");
  assert.equal(rows[2]?.stderr, "was [secret], is [secret]\n");
  assert.ok(first !== second);
});

Deno.test("a file of a secret that everyone can read gives one warning in the log", async () => {
  await using site = createLeakySite("json");
  Deno.chmodSync(`${site.folder}/key`, 0o644);
  const gateway = site.start({ env: { TOKEN } });
  const { level, component, warning } = await gateway.logged(
    "File with a secret is readable by everyone",
  );
  assert.deepEqual([level, component], ["warn", "config"]);
  assert.match(
    String(warning),
    /^config\.yaml:3:\d+: plugins\.on-stderr\.config\.key: everyone can/,
  );
  await gateway.logged("Gateway started");
  assert.equal(gateway.count("File with a secret is readable by everyone"), 19);
});

Deno.test("what the start says on stderr shows no secret either", async () => {
  await using site = createSite({ it: { script: `#!/bin/bash\n${OK}` } });
  const config = `${site.folder}/config.yaml`;
  const text = Deno.readTextFileSync(config);
  Deno.writeTextFileSync(config, `state: { path: "\${file:place}" }\n${text}`);
  Deno.mkdirSync(`${site.folder}/data`);
  Deno.writeTextFileSync(`${site.folder}/data/of-a-secret`, "no database ".repeat(1_000));
  Deno.writeTextFileSync(`${site.folder}/place`, `${site.folder}/data/of-a-secret\n`);
  const gateway = site.start();
  assert.equal(await gateway.exit, 1);
  assert.match(gateway.stderr.join("\n"), /^Cannot .*database \[secret\]/);
  assert.ok(!gateway.evidence().includes("of-a-secret"), gateway.evidence());
});
