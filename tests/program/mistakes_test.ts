import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { createSite, type Site } from "../support/site.ts";

/** An operator's mistake, and the program's response. `ROOT` and `PID` replace what varies. */
interface Mistake {
  readonly name: string;
  readonly make: (site: Site) => unknown;
  readonly args?: readonly string[];
  readonly code: number;
  readonly stderr: readonly string[];
  /** The error in the log, if stderr refers to it. */
  readonly refused?: string;
}

const DURATION = "write it as 500ms, 90s, 5m, 6h, 1d, 2w, 1h30m, hourly, daily or weekly";
const NONE_LOADED =
  "Cannot start: none of the enabled plugins can be loaded (echo); the log says why";
const ECHO = "plugins:\n  echo:\n    schedule: { every: 5m }\n";
const MANIFEST = "name: echo\nprotocol: 1\nentrypoint: run.sh\ncommands: [poll]\n";

const writeConfig = (text: string) => ({ folder }: Site) =>
  Deno.writeTextFileSync(`${folder}/config.yaml`, text);
const writeManifest = (text: string) => ({ folder }: Site) =>
  Deno.writeTextFileSync(`${folder}/plugins/echo/manifest.yaml`, text);
const nothing = () => {};

/** A mistake in the config that causes one line. */
function inConfig(name: string, text: string, line: string): Mistake {
  return { name, make: writeConfig(text), code: 78, stderr: [`config.yaml:${line}`] };
}

/** A mistake in the folder of the only plugin. */
function inPlugin(name: string, make: Mistake["make"], refused: string): Mistake {
  const error = `Cannot load plugin "echo": ${refused}`;
  return { name, make, code: 78, stderr: [NONE_LOADED], refused: error };
}

/** A mistake on the command line. */
function inArguments(args: readonly string[], error: string): Mistake {
  const program = args[0] === "start" ? "senechal-gw start" : "senechal-gw";
  const stderr = [`error: ${error}`, `Try ${program} --help`];
  return { name: `senechal-gw ${args.join(" ")}`, make: nothing, args, code: 2, stderr };
}

const mistakes: readonly Mistake[] = [
  {
    name: "no config file",
    make: ({ folder }) => Deno.removeSync(`${folder}/config.yaml`),
    code: 78,
    stderr: [
      "Cannot read ROOT/config.yaml: no such file; create it, or name another one" +
      " (senechal-gw init FOLDER, --config PATH)",
    ],
  },
  {
    name: "a folder in place of the config",
    make: nothing,
    args: ["start", "--config", "plugins"],
    code: 78,
    stderr: ["Cannot read plugins: it is a folder, not a file"],
  },
  inConfig(
    "a tab in the config",
    "plugins:\n  echo:\n\tschedule: { every: 5m }\n",
    "3:1: tabs are not allowed as indentation; use spaces",
  ),
  inConfig(
    "a mistyped key",
    "plugins:\n  echo:\n    shedule: { every: 5m }\n    enabled: false\n",
    '3:5: plugins.echo.shedule: unknown key, did you mean "schedule"?',
  ),
  inConfig(
    "a plugin without a schedule",
    "plugins:\n  echo:\n    config: {}\n",
    "2:3: plugins.echo.schedule: required if the plugin is enabled: add schedule.every",
  ),
  inConfig(
    "a schedule without every",
    "plugins:\n  echo:\n    schedule: { jitter: 1m }\n",
    `3:5: plugins.echo.schedule.every: required, but missing; ${DURATION}`,
  ),
  inConfig(
    "a duration without a unit",
    "plugins:\n  echo:\n    schedule: { every: 300 }\n",
    `3:17: plugins.echo.schedule.every: expected a duration; ${DURATION}`,
  ),
  inConfig(
    "a duration in words",
    "plugins:\n  echo:\n    schedule: { every: 5 minutes }\n",
    `3:17: plugins.echo.schedule.every: not a duration; ${DURATION}`,
  ),
  inConfig(
    "more jitter than interval",
    "plugins:\n  echo:\n    schedule: { every: 5m, jitter: 10m }\n",
    "3:28: plugins.echo.schedule.jitter: must not exceed schedule.every",
  ),
  inConfig(
    "a variable that is not set",
    `${ECHO}    config: { token: "\${TOKEN_OF_NOBODY}" }\n`,
    "4:15: plugins.echo.config.token: environment variable TOKEN_OF_NOBODY is not set; set it, " +
      "or write ${TOKEN_OF_NOBODY:-default}",
  ),
  inConfig(
    "a name that no plugin can have",
    "plugins:\n  Echo:\n    schedule: { every: 5m }\n",
    "2:3: plugins.Echo: not a plugin name: lower-case letters, digits, - and _ only, " +
      "a letter or digit first",
  ),
  inConfig(
    "a key of a later version",
    `webhooks: {}\n${ECHO}`,
    "1:1: webhooks: this version does not support it; remove it",
  ),
  inConfig(
    "yes instead of true",
    `${ECHO}    enabled: yes\n`,
    "4:5: plugins.echo.enabled: expected true or false, got a string",
  ),
  {
    name: "no enabled plugin",
    make: writeConfig(`${ECHO}    enabled: false\n`),
    code: 78,
    stderr: [
      "Cannot start: no plugin is enabled in ROOT/config.yaml; add one, or set enabled: true",
    ],
  },
  inPlugin(
    "a plugins_dir that does not exist",
    writeConfig(`plugins_dir: ./plugin\n${ECHO}`),
    "plugins_dir ROOT/plugin is not a folder; create it or change plugins_dir",
  ),
  inPlugin(
    "no plugin folder",
    ({ folder }) => Deno.renameSync(`${folder}/plugins/echo`, `${folder}/plugins/ecco`),
    "there is no folder ROOT/plugins/echo; create it or set enabled: false",
  ),
  inPlugin(
    "no manifest",
    ({ folder }) => Deno.removeSync(`${folder}/plugins/echo/manifest.yaml`),
    "ROOT/plugins/echo has no manifest.yaml; create it or set enabled: false",
  ),
  inPlugin(
    "an entrypoint that is not executable",
    ({ folder }) => Deno.chmodSync(`${folder}/plugins/echo/run.sh`, 0o644),
    "entrypoint run.sh is not executable; run chmod +x ROOT/plugins/echo/run.sh",
  ),
  inPlugin(
    "a manifest that names another plugin",
    writeManifest(MANIFEST.replace("name: echo", "name: ecco")),
    'its manifest names it "ecco"; name and folder must be the same',
  ),
  inPlugin(
    "a plugin for a later protocol",
    writeManifest(MANIFEST.replace("protocol: 1", "protocol: 2")),
    "manifest.yaml:2:1: protocol: unsupported protocol; this gateway supports only protocol 1",
  ),
  inPlugin(
    "a config without a key that the plugin requires",
    writeManifest(`${MANIFEST}config_keys: { required: [token] }\n`),
    "its manifest requires config keys that are missing: token; add them under plugins.echo.config",
  ),
  {
    name: "a second gateway",
    make: async (site) => await site.start().logged("Job succeeded"),
    code: 75,
    stderr: [
      "Cannot start: process PID holds the lock ROOT/data/senechal-gw.lock; stop it, or set " +
      "state.path to a file in its own folder: two databases in one folder are not supported",
    ],
  },
  {
    name: "a state.path whose folder cannot be created",
    make: writeConfig(`state: { path: ./config.yaml/state.db }\n${ECHO}`),
    code: 1,
    stderr: [
      "Cannot start: the lock ROOT/config.yaml/senechal-gw.lock cannot be taken (File exists " +
      "(os error 17): mkdir 'ROOT/config.yaml'); make its folder writable, move that file " +
      "away if no gateway is running, or set another state.path",
    ],
  },
  {
    name: "a state.path that is a folder",
    make: writeConfig(`state: { path: ./plugins }\n${ECHO}`),
    code: 1,
    stderr: [
      "Cannot use database ROOT/plugins: it is not a regular file; set state.path to one",
    ],
  },
  {
    name: "a database of a later version",
    make: ({ folder }) => {
      Deno.mkdirSync(`${folder}/data`);
      using db = new DatabaseSync(`${folder}/data/state.db`);
      db.exec("PRAGMA application_id = 0x534e434c; PRAGMA user_version = 99; CREATE TABLE t (a)");
    },
    code: 1,
    stderr: [
      "Cannot use database ROOT/data/state.db: its tables are version 99, but this program " +
      "supports only up to 3; start the newer senechal-gw that wrote it, or restore a backup",
    ],
  },
  inArguments(["strat"], "unknown command 'strat', did you mean 'start'?"),
  inArguments(["start", "--confg", "x.yaml"], "unknown option '--confg', did you mean '--config'?"),
  inArguments(["start", "x.yaml"], "unexpected argument 'x.yaml'"),
];

const HARMLESS = { script: `#!/bin/bash\necho '{"status":"ok"}'` };

for (const { name, make, args, code, stderr, refused } of mistakes) {
  Deno.test(`${name}: exits ${code} and says what to do`, async () => {
    await using site = createSite({ echo: HARMLESS });
    const plain = (text: unknown) =>
      String(text).replaceAll(site.folder, "ROOT").replace(/(?<=process )\d+/, "PID");
    await make(site);
    const gateway = site.start(args && { args });
    assert.equal(await gateway.exit, code);
    assert.deepEqual(gateway.stderr.map(plain), stderr);
    const errors = gateway.log().filter(({ level }) => level === "error").map((line) => line.error);
    const isLogged = code !== 2; // a wrong command line opens no log
    const told = [...(refused === undefined ? [] : [refused]), ...(isLogged ? stderr : [])];
    assert.deepEqual(errors.map(plain), told, "the log says the same");
  });
}

const scripts: readonly [mistake: string, script: string, error: string][] = [
  [
    "a script with Windows line endings",
    `#!/usr/bin/env bash\r\necho '{"status":"ok"}'\r\n`,
    "its first line ends in CRLF, so the interpreter is not found; save it with Unix line endings",
  ],
  [
    "a script whose interpreter is not installed",
    "#!/usr/bin/pyhton3\n",
    "its interpreter /usr/bin/pyhton3 does not exist; install it or change the first line",
  ],
];
for (const [mistake, script, error] of scripts) {
  Deno.test(`${mistake}: fails its job, says why, and the other plugins run`, async () => {
    await using site = createSite({ echo: { script }, other: HARMLESS });
    const gateway = site.start();
    await gateway.logged("Job succeeded", { plugin: "other" });
    const failed = await gateway.logged("Job failed", { plugin: "echo" });
    assert.equal(failed.reason, "spawn");
    assert.equal(failed.error, `Cannot start ${site.folder}/plugins/echo/run.sh: ${error}`);
    assert.equal(await gateway.stop(), 0);
    assert.deepEqual(gateway.stderr, []);
  });
}
