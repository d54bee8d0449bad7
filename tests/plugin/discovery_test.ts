import assert from "node:assert/strict";
import type { PluginEntry } from "../../src/config/config.ts";
import { describeProblem } from "../../src/document/problem.ts";
import { describeRefused } from "../../src/plugin/refusal.ts";
import { discoverPlugins, type PluginSpec } from "../../src/plugin/setup.ts";
import { pluginEntry } from "../support/setup.ts";

const MANIFEST = "name: echo\nprotocol: 1\nentrypoint: run.sh\ncommands: [poll]\n";

/** What was found, with the lines that an operator sees. */
interface Shown {
  readonly plugins: readonly PluginSpec[];
  readonly refused: readonly { readonly name: string; readonly error: string }[];
  readonly warnings: readonly { readonly name: string; readonly warning: string }[];
  readonly unlisted: readonly { readonly name: string; readonly keys: readonly string[] }[];
}

/** A folder of plugins that its test removes. */
class Site implements Disposable {
  readonly root = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-discovery-" }));
  readonly plugins = `${this.root}/plugins`;

  constructor() {
    Deno.mkdirSync(this.plugins);
    Deno.writeTextFileSync(`${this.root}/outside.sh`, "#!/bin/sh\n", { mode: 0o755 });
  }

  /** Adds a good plugin; `manifest` replaces its manifest. */
  add(name: string, manifest = MANIFEST.replace("echo", name)): string {
    const folder = `${this.plugins}/${name}`;
    Deno.mkdirSync(folder, { mode: 0o755 });
    Deno.writeTextFileSync(`${folder}/manifest.yaml`, manifest);
    Deno.writeTextFileSync(`${folder}/run.sh`, "#!/bin/sh\n", { mode: 0o755 });
    return folder;
  }

  /** What is found for plugins of these names, as shown, with this site's folder called ROOT. */
  discover(...configured: readonly (string | PluginEntry)[]): Shown {
    const configs = configured.map((one) =>
      typeof one === "string" ? pluginEntry({ name: one }) : one
    );
    const { plugins, refused, warnings, unlisted } = discoverPlugins(this.plugins, configs);
    const found: Shown = {
      plugins: [...plugins.values()],
      refused: refused.map((one) => ({ name: one.plugin, error: describeRefused(one) })),
      warnings: warnings.map(({ plugin, warning }) => ({
        name: plugin,
        warning: describeProblem(warning),
      })),
      unlisted: unlisted.map(({ plugin, problems }) => ({
        name: plugin,
        keys: problems.map(({ path }) => path.join(".")),
      })),
    };
    return JSON.parse(JSON.stringify(found).replaceAll(this.root, "ROOT"));
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.root, { recursive: true });
  }
}

function entrypoint(path: string): string {
  return MANIFEST.replace("run.sh", path);
}

Deno.test("a good plugin is found with its config, folder and entrypoint", () => {
  using site = new Site();
  site.add("echo");
  assert.deepEqual(site.discover("echo"), {
    plugins: [{
      ...pluginEntry(),
      folder: "ROOT/plugins/echo",
      entrypoint: "ROOT/plugins/echo/run.sh",
      commands: ["poll"],
      stateOnError: [],
      secretState: [],
    }],
    refused: [],
    warnings: [],
    unlisted: [],
  });
});

/** A way to spoil the plugin "echo" of a site, and why it is refused then. */
type Refusal = readonly [what: string, spoil: (site: Site) => void, reason: string];

const REFUSALS: readonly Refusal[] = [
  [
    "protocol other than 1",
    (site) => {
      site.add("echo", MANIFEST.replace("protocol: 1", "protocol: 2"));
    },
    "manifest.yaml:2:1: protocol: unsupported protocol; this gateway supports only protocol 1",
  ],
  ["a name other than its folder's", (site) => {
    site.add("echo", MANIFEST.replace("echo", "other"));
  }, 'its manifest names it "other"; name and folder must be the same'],
  [
    "an invalid name",
    (site) => {
      site.add("echo", MANIFEST.replace("echo", "Echo"));
    },
    "manifest.yaml:1:1: name: not a plugin name: lower-case letters, digits, - and _ only, a " +
    "letter or digit first",
  ],
  ["an entrypoint with ..", (site) => {
    site.add("echo", entrypoint("../../outside.sh"));
  }, 'entrypoint ../../outside.sh contains ".."'],
  ["an entrypoint with .. that stays inside", (site) => {
    site.add("echo", entrypoint("bin/../run.sh"));
  }, 'entrypoint bin/../run.sh contains ".."'],
  ["an absolute entrypoint", (site) => {
    site.add("echo", entrypoint("/bin/sh"));
  }, "entrypoint /bin/sh is absolute; make it relative"],
  ["an entrypoint with a control character", (site) => {
    site.add("echo", entrypoint('"run\\e[31m.sh"'));
  }, "entrypoint contains a control character"],
  ["an entrypoint that links outside plugins_dir", (site) => {
    Deno.symlinkSync("../../outside.sh", `${site.add("echo", entrypoint("link.sh"))}/link.sh`);
  }, "entrypoint link.sh leads outside plugins_dir through a link"],
  ["an entrypoint below a link outside plugins_dir", (site) => {
    Deno.symlinkSync(site.root, `${site.add("echo", entrypoint("up/outside.sh"))}/up`);
  }, "entrypoint up/outside.sh leads outside plugins_dir through a link"],
  ["a folder that is a link outside plugins_dir", (site) => {
    site.add("echo");
    Deno.renameSync(`${site.plugins}/echo`, `${site.root}/echo`);
    Deno.symlinkSync("../echo", `${site.plugins}/echo`);
  }, "entrypoint run.sh leads outside plugins_dir through a link"],
  ["an entrypoint that links to a folder beside plugins_dir of a like name", (site) => {
    Deno.mkdirSync(`${site.root}/plugins2`);
    Deno.renameSync(`${site.root}/outside.sh`, `${site.root}/plugins2/run.sh`);
    const folder = site.add("echo", entrypoint("link.sh"));
    Deno.symlinkSync(`${site.root}/plugins2/run.sh`, `${folder}/link.sh`);
  }, "entrypoint link.sh leads outside plugins_dir through a link"],
  ["no entrypoint file", (site) => {
    Deno.removeSync(`${site.add("echo")}/run.sh`);
  }, "entrypoint run.sh does not exist"],
  ["an entrypoint that links to nowhere", (site) => {
    Deno.symlinkSync("nowhere", `${site.add("echo", entrypoint("link.sh"))}/link.sh`);
  }, "entrypoint link.sh does not exist"],
  ["an entrypoint that links to itself", (site) => {
    Deno.symlinkSync("link.sh", `${site.add("echo", entrypoint("link.sh"))}/link.sh`);
  }, "Too many levels of symbolic links (os error 40): stat 'ROOT/plugins/echo/link.sh'"],
  ["a folder as entrypoint", (site) => {
    Deno.mkdirSync(`${site.add("echo", entrypoint("bin"))}/bin`);
  }, "entrypoint bin is not a file"],
  ["an entrypoint that is not executable", (site) => {
    Deno.chmodSync(`${site.add("echo")}/run.sh`, 0o644);
  }, "entrypoint run.sh is not executable; run chmod +x ROOT/plugins/echo/run.sh"],
  ["an entrypoint that is writable by everyone", (site) => {
    Deno.chmodSync(`${site.add("echo")}/run.sh`, 0o757);
  }, "entrypoint run.sh is writable by everyone; run chmod o-w ROOT/plugins/echo/run.sh"],
  ["a folder that is writable by everyone", (site) => {
    Deno.chmodSync(site.add("echo"), 0o777);
  }, "its folder is writable by everyone; run chmod o-w ROOT/plugins/echo"],
  ["no poll in commands", (site) => {
    site.add("echo", MANIFEST.replace("[poll]", "[handle]"));
  }, 'manifest.yaml:4:1: commands: must contain "poll"'],
  [
    "config keys that the config lacks",
    (site) => {
      site.add("echo", `${MANIFEST}config_keys: { required: [token, url], optional: [lang] }\n`);
    },
    "its manifest requires config keys that are missing: token, url; " +
    "add them under plugins.echo.config",
  ],
  ["no folder", () => {}, "there is no folder ROOT/plugins/echo; create it or set enabled: false"],
  [
    "a file where its folder should be",
    (site) => Deno.writeTextFileSync(`${site.plugins}/echo`, ""),
    "there is no folder ROOT/plugins/echo; create it or set enabled: false",
  ],
  [
    "a folder of the same name in another case",
    (site) => {
      site.add("Echo", MANIFEST);
    },
    "there is no folder ROOT/plugins/echo; create it or set enabled: false",
  ],
  ["a folder that links to itself", (site) => {
    Deno.symlinkSync("echo", `${site.plugins}/echo`);
  }, "Too many levels of symbolic links (os error 40): stat 'ROOT/plugins/echo'"],
  ["no manifest", (site) => {
    Deno.removeSync(`${site.add("echo")}/manifest.yaml`);
  }, "ROOT/plugins/echo has no manifest.yaml; create it or set enabled: false"],
  ["a manifest with another ending", (site) => {
    const folder = site.add("echo");
    Deno.renameSync(`${folder}/manifest.yaml`, `${folder}/manifest.yml`);
  }, "ROOT/plugins/echo has no manifest.yaml; create it or set enabled: false"],
  [
    "a manifest that is not YAML",
    (site) => {
      site.add("echo", "name: [echo\n");
    },
    "manifest.yaml:2:1: flow sequence in block collection must be sufficiently indented and " +
    "end with a ]",
  ],
  ["no plugins_dir", (site) => {
    Deno.removeSync(site.plugins);
  }, "plugins_dir ROOT/plugins is not a folder; create it or change plugins_dir"],
  ["a file as plugins_dir", (site) => {
    Deno.removeSync(site.plugins);
    Deno.writeTextFileSync(site.plugins, "");
  }, "plugins_dir ROOT/plugins is not a folder; create it or change plugins_dir"],
];

for (const [what, spoil, reason] of REFUSALS) {
  Deno.test(`a plugin with ${what} is refused`, () => {
    using site = new Site();
    spoil(site);
    assert.deepEqual(site.discover("echo"), {
      plugins: [],
      refused: [{ name: "echo", error: `Cannot load plugin "echo": ${reason}` }],
      warnings: [],
      unlisted: [],
    });
  });
}

Deno.test("a plugin with a name that no file system accepts is refused, without a throw", () => {
  using site = new Site();
  const [refused] = site.discover("x".repeat(300)).refused;
  assert.match(refused?.error ?? "", /^Cannot load plugin "x{300}": File name too long /);
});

Deno.test("every reason against a plugin is given at once", () => {
  using site = new Site();
  const folder = site.add(
    "echo",
    `${entrypoint("gone.sh").replace("echo", "other")}config_keys: { required: [token] }\n`,
  );
  Deno.chmodSync(folder, 0o777);
  assert.deepEqual(site.discover("echo").refused, [{
    name: "echo",
    error: [
      'Cannot load plugin "echo": its manifest names it "other"; name and folder must be the same',
      "its folder is writable by everyone; run chmod o-w ROOT/plugins/echo",
      "entrypoint gone.sh does not exist",
      "its manifest requires config keys that are missing: token; " +
      "add them under plugins.echo.config",
    ].join("; "),
  }]);
});

Deno.test("one bad plugin does not hurt the others, and the order of the config is kept", () => {
  using site = new Site();
  for (const name of ["zebra", "mole", "ant"]) site.add(name);
  site.add("bad", "\t");
  const found = site.discover("zebra", "bad", "ant", "gone", "mole");
  assert.deepEqual(found.plugins.map(({ name }) => name), ["zebra", "ant", "mole"]);
  assert.deepEqual(found.refused.map(({ name }) => name), ["bad", "gone"]);
});

Deno.test("a folder that the config does not name is ignored, whatever it contains", () => {
  using site = new Site();
  site.add("echo");
  site.add("broken", "{{{");
  Deno.symlinkSync("loop", `${site.plugins}/loop`);
  const { plugins, refused } = site.discover("echo");
  assert.deepEqual([plugins.length, refused.length], [1, 0]);
});

Deno.test("an unknown manifest key is a warning, and the plugin loads", () => {
  using site = new Site();
  site.add("echo", `${MANIFEST}schedule_hint: 5m\n`);
  const { plugins, refused, warnings } = site.discover("echo");
  assert.deepEqual([plugins.length, refused.length], [1, 0]);
  assert.deepEqual(warnings, [{
    name: "echo",
    warning: "manifest.yaml:5:1: schedule_hint: unknown key, expected one of: name, version, " +
      "protocol, entrypoint, description, commands, config_keys, state_on_error, secret_state",
  }]);
});

Deno.test("a config key that the manifest does not list is told, also of a plugin that is refused", () => {
  using site = new Site();
  site.add("echo", `${MANIFEST}config_keys: { required: [token], optional: [lang] }\n`);
  const keys = (config: PluginEntry["config"]) => {
    const { plugins, unlisted } = site.discover(pluginEntry({ config }));
    return [plugins.length, ...unlisted];
  };
  assert.deepEqual(keys({ token: 1, lang: 2 }), [1]);
  assert.deepEqual(keys({ token: 1, mood: 2 }), [1, {
    name: "echo",
    keys: ["plugins.echo.config.mood"],
  }]);
  assert.deepEqual(keys({ tokn: 1 }), [0, { name: "echo", keys: ["plugins.echo.config.tokn"] }]);
});

Deno.test("a required config key counts as given, whatever its value", () => {
  using site = new Site();
  site.add("echo", `${MANIFEST}config_keys: { required: [a, b, toString] }\n`);
  const given = pluginEntry({ config: { a: null, b: "", toString: false } });
  assert.deepEqual(site.discover(given).refused, []);
  assert.equal(site.discover(pluginEntry({ config: { a: 1, b: 2 } })).refused.length, 1);
});

const GOOD: readonly (readonly [what: string, prepare: (site: Site) => void])[] = [
  ["an entrypoint in a folder of its own", (site) => {
    const folder = site.add("echo", entrypoint("bin/poll"));
    Deno.mkdirSync(`${folder}/bin`);
    Deno.renameSync(`${folder}/run.sh`, `${folder}/bin/poll`);
  }],
  ["an entrypoint that begins with ./", (site) => {
    site.add("echo", entrypoint("./run.sh"));
  }],
  ["an entrypoint with dots in its name", (site) => {
    const folder = site.add("echo", entrypoint("..run..sh"));
    Deno.renameSync(`${folder}/run.sh`, `${folder}/..run..sh`);
  }],
  ["an entrypoint with a space in its name", (site) => {
    const folder = site.add("echo", entrypoint("run me.sh"));
    Deno.renameSync(`${folder}/run.sh`, `${folder}/run me.sh`);
  }],
  ["an entrypoint that links inside its folder", (site) => {
    Deno.symlinkSync("run.sh", `${site.add("echo", entrypoint("link.sh"))}/link.sh`);
  }],
  ["an entrypoint that links into another plugin's folder", (site) => {
    site.add("shared");
    Deno.symlinkSync("../shared/run.sh", `${site.add("echo", entrypoint("link.sh"))}/link.sh`);
  }],
  ["a folder that links to another in plugins_dir", (site) => {
    Deno.renameSync(site.add("echo"), `${site.plugins}/echo-1.2`);
    Deno.symlinkSync("echo-1.2", `${site.plugins}/echo`);
  }],
  ["plugins_dir itself being a link", (site) => {
    site.add("echo");
    Deno.renameSync(site.plugins, `${site.root}/real`);
    Deno.symlinkSync("real", site.plugins);
  }],
  ["an entrypoint that only its owner can run", (site) => {
    Deno.chmodSync(`${site.add("echo")}/run.sh`, 0o700);
  }],
  ["a folder that its group can write", (site) => {
    Deno.chmodSync(site.add("echo"), 0o775);
  }],
];

for (const [what, prepare] of GOOD) {
  Deno.test(`a plugin with ${what} loads`, () => {
    using site = new Site();
    prepare(site);
    const { plugins, refused } = site.discover("echo");
    assert.deepEqual(refused, []);
    assert.equal(plugins[0]?.folder, "ROOT/plugins/echo");
  });
}

Deno.test("a plugins_dir that is writable by everyone is refused, unless it is sticky", () => {
  for (const [mode, refused] of [[0o777, 1], [0o1777, 0], [0o755, 0]] as const) {
    using site = new Site();
    site.add("echo");
    Deno.chmodSync(site.plugins, mode);
    assert.equal(site.discover("echo").refused.length, refused, mode.toString(8));
  }
});
