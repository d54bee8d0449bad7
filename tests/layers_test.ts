import assert from "node:assert/strict";
import {
  type Budgets,
  findAssertions,
  findBackDoors,
  findClimbs,
  findCycles,
  findExcesses,
  findIdlePowers,
  findTrespasses,
  type Floors,
  type Power,
} from "./support/house_rules.ts";
import { codeOf, readPage } from "./support/markdown.ts";
import { importsOf, readSources, withoutComments } from "./support/source_files.ts";

/** The floors of `src/`, from the top, with the rooms on each. Imports go down, types included. */
const FLOORS: Floors = [
  ["main.ts"],
  ["program.ts"],
  ["gateway/", "operator/"],
  ["scheduler/", "dispatcher/", "conformance/", "reader/", "doctor/", "verify/"],
  ["store/", "plugin/"],
  ["sqlite/", "config/"],
  ["core/", "document/", "process/", "log/"],
  ["base/"],
];

const ROOT = new URL("..", import.meta.url);
const SOURCES = readSources();
const filesOf = (room: string) =>
  Object.keys(SOURCES).filter((path) => path.startsWith(room))
    .map((path) => path.slice(room.length, -".ts".length));

/** The files of each room that others may import. In `base/` and `core/` every file is a door. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  "gateway/": ["start"],
  "operator/": ["commands", "command", "print", "screen"],
  "scheduler/": ["tick_loop", "tick", "prune"],
  "dispatcher/": ["dispatch_loop", "dispatch", "recovery", "holds", "leftovers"],
  "conformance/": ["checks", "report"],
  "reader/": [
    ...["reader", "gateway", "status", "entries", "owner", "installation"],
    ...["jobs", "job_list", "attempts"],
    ...["next", "why", "why_facts"],
  ],
  "doctor/": ["checks", "facts", "finding", "gather"],
  "verify/": ["verify"],
  "store/": [
    ...["format", "store", "attempts", "entries", "heartbeats", "job_row", "lock"],
    ...["owner", "plans", "states", "accounts"],
  ],
  "plugin/": [
    ...["setup", "manifest", "refusal"],
    ...["run", "environment", "protocol", "ending", "own_secrets", "plugin_log"],
  ],
  "sqlite/": [
    "database",
    "backup",
    "closing",
    "integrity",
    "hold",
    "place",
    "row",
    "reader",
    "writer",
    "storage_retry",
    "storage_error",
  ],
  "config/": ["config", "state_place", "plugins_place"],
  "document/": ["yaml_file", "yaml_insert", "text_file", "replace_file", "check", "problem"],
  "process/": ["process", "ask", "belonging", "listing", "sweep", "boot", "shebang"],
  "log/": ["log", "level", "stdout_writer"],
  "core/": filesOf("core/"),
  "base/": filesOf("base/"),
};

/** Each power, and the places that may use it. */
const POWERS: readonly Power[] = [
  { what: "spawns or kills", sign: /Deno\.(Command|kill)\b/, allowed: ["process/"] },
  {
    what: "has SQL",
    sign:
      /\.(prepare|exec)\(\s*["'`]|\b(SELECT|INSERT INTO|DELETE FROM|PRAGMA|BEGIN) \w|\bUPDATE \w+ SET\b/,
    allowed: ["store/", "sqlite/", "reader/", "verify/"],
  },
  { what: "opens a database", sign: /new DatabaseSync\b/, allowed: ["sqlite/"] },
  {
    what: "opens a transaction",
    sign: /\.transaction\(|\bBEGIN IMMEDIATE\b/,
    allowed: ["scheduler/tick.ts", "scheduler/prune.ts", "dispatcher/settle.ts", "sqlite/"],
  },
  {
    what: "uses the system through Node",
    sign: /node:(child_process|process|cluster|worker_threads|vm)\b/,
    allowed: [],
  },
  {
    what: "listens or connects",
    sign: /node:(http|net|dgram|tls)|Deno\.(listen|serve|connect)|\b(fetch|WebSocket)\b *\(/,
    allowed: [],
  },
  {
    what: "listens for signals",
    sign: /addSignalListener/,
    allowed: ["gateway/shutdown.ts", "operator/check_plugin.ts", "sqlite/storage_retry.ts"],
  },
  {
    what: "ends the program",
    sign: /Deno\.exit(Code)?\b/,
    allowed: ["main.ts"],
  },
  { what: "reads the environment", sign: /Deno\.env\b/, allowed: ["program.ts"] },
  {
    what: "reads the clock or a random number itself",
    sign: /\bDate\.now\(\)|\bnew Date\(\)|Math\.random\(\)/,
    allowed: ["conformance/"],
  },
  { what: "has module state", sign: /^(export )?(let|var) /m, allowed: [] },
  {
    what: "reads a message meant for people",
    sign:
      /\b(error|message|warning|reason|got|fix)\b\)?\.(includes|startsWith|endsWith|match|search|replace)\(/,
    allowed: ["sqlite/storage_error.ts", "document/yaml_faults.ts"],
  },
  {
    what: "matches a text against a pattern",
    sign: /\/[a-z]*\.(test|exec)\(|\.(match|matchAll|search)\(/,
    allowed: [],
    within: "conformance/",
  },
];

const BUDGETS: Budgets = {
  linesOfFile: 250,
  linesOfFunction: 50,
  filesOfRoom: 14,
  largeRooms: ["operator/"], // a file for each command
};

Deno.test("imports in src only go down, and every file has a floor", () => {
  assert.ok(Object.keys(SOURCES).length > 60);
  assert.deepEqual(findClimbs(SOURCES, FLOORS), []);
});

Deno.test("imports enter a room of src only through its doors, and each door is used", () => {
  assert.deepEqual(findBackDoors(SOURCES, DOORS), []);
});

Deno.test("no file of src imports itself through others", () => {
  assert.deepEqual(findCycles(SOURCES), []);
});

Deno.test("only the places that have a power use it", () => {
  assert.deepEqual(findTrespasses(SOURCES, POWERS), []);
  assert.deepEqual(findIdlePowers(SOURCES, POWERS), []);
});

Deno.test("src trusts its types: no any, no type assertion except for signal 0, no non-null assertion", () => {
  assert.deepEqual(findAssertions(SOURCES).map((found) => found.replace(/:\d+/, "")), [
    "process/signal.ts asserts a type", // signal 0, which Deno's types leave out, through unknown
    "process/signal.ts asserts a type",
  ]);
});

Deno.test("no file, function or room of src exceeds its budget", () => {
  assert.deepEqual(findExcesses(SOURCES, BUDGETS), []);
});

Deno.test("each page that a comment cites is in the repository, with the cited heading", () => {
  const texts = ["src/", "bench/", "scripts/"].flatMap((folder) =>
    Object.entries(readSources("", new URL(folder, ROOT)))
      .map(([path, text]) => ({ path: folder + path, text: text.replaceAll(/\n\s*\*? ?/g, " ") }))
  );
  const cited = texts.flatMap(({ path, text }) =>
    [...text.matchAll(/([\w./-]+\.md)\b(?:, "([^"]+)")?/g)]
      .map(([, page = "", heading = ""]) => ({ path, page: page.replace(/^\.\.\//, ""), heading }))
  );
  assert.ok(cited.filter(({ heading }) => heading !== "").length > 5);
  for (const { path, page, heading } of cited) {
    const text = Deno.readTextFileSync(new URL(page, ROOT));
    const headings = text.split("\n").map((line) => line.replace(/^#+ /, ""));
    assert.ok(heading === "" || headings.includes(heading), `${path} cites ${page}, "${heading}"`);
  }
});

const PAGE = readPage(
  "docs/architecture.md",
  Deno.readTextFileSync(new URL("docs/architecture.md", ROOT)),
);

Deno.test("docs/architecture.md has each room with its floor and its doors", () => {
  const [table] = PAGE.tables.filter(({ header }) => header[0] === "floor");
  const shown = table?.rows.map(([floor, room = "", , doors = ""]) =>
    [floor, codeOf(room), doors.replaceAll("`", "")].join(" | ")
  );
  const all = ["core/", "base/"];
  const built = FLOORS.flatMap((rooms, fromTop) =>
    rooms.map((room) => {
      const doors = all.includes(room) ? "all" : DOORS[room]?.join(", ") ?? "";
      return [FLOORS.length - 1 - fromTop, room, doors].join(" | ");
    })
  );
  assert.deepEqual(shown, built);
});

Deno.test("docs/architecture.md draws each arrow from a floor to the next one, and no others", () => {
  const [house] = PAGE.fences.filter(({ text }) => text.startsWith("flowchart"));
  const drawn = (house?.text.split("\n") ?? []).flatMap((line) => {
    const [from = [], to = []] = line.split("-->").map((names) => names.trim().split(" & "));
    return line.includes("-->") ? from.flatMap((a) => to.map((b) => `${a} --> ${b}`)) : [];
  });
  const nameOf = (path: string) => path.split("/")[0]?.replace(/\.ts$/, "") ?? "";
  const floorOf = (name: string) =>
    FLOORS.findIndex((rooms) => rooms.some((room) => nameOf(room) === name));
  const built = Object.entries(SOURCES).flatMap(([path, text]) =>
    importsOf(path, text).map((target) => [nameOf(path), nameOf(target)] as const)
      .filter(([from, to]) => floorOf(to) - floorOf(from) === 1)
      .map(([from, to]) => `${from} --> ${to}`)
  );
  assert.deepEqual(drawn.sort(), [...new Set(built)].sort());
});

Deno.test("docs/architecture.md names at most ten functions on the way of a job, each in its file", () => {
  const [, section = ""] = PAGE.text.split("## The way of a job");
  const steps = [...section.matchAll(/^\d+\. `(?:\w+\.)?(\w+)` in `([\w/.]+)`/gm)];
  assert.ok(steps.length > 5 && steps.length <= 10, `${steps.length} steps`);
  for (const [, name = "", file = ""] of steps) {
    assert.match(SOURCES[file] ?? "", new RegExp(`^(export .*function| ) ?${name}\\(`, "m"), file);
  }
});

Deno.test("a climb, a file without a floor, a back door, an unused door and a cycle are found", () => {
  const floors = [["scheduler.ts"], ["store/"], ["log.ts"], ["wait.ts"]];
  assert.deepEqual(
    findClimbs({
      "wait.ts": "import type { Log } from './log.ts';",
      "store/store.ts": 'import { x } from "./database.ts"; import { y } from "../scheduler.ts";',
      "log.ts": 'export * from "./log.ts"; await import(`./store/store.ts`);',
      "attic.ts": "",
    }, floors),
    [
      "wait.ts imports log.ts",
      "store/store.ts imports scheduler.ts",
      "log.ts imports unknown",
      "attic.ts has no floor",
    ],
  );
  assert.deepEqual(
    findBackDoors({
      "main.ts": 'import { openStore } from "./store/store.ts";',
      "gateway/gateway.ts": 'import type { Job } from "../store/jobs.ts";',
    }, { "store/": ["store", "lock"] }),
    [
      "gateway/gateway.ts imports store/jobs.ts, which is not a door",
      "store/lock.ts is an unused door",
    ],
  );
  assert.deepEqual(
    findCycles({
      "plugin/a.ts": 'import { b } from "./b.ts";',
      "plugin/b.ts": 'export type { A } from "./a.ts";',
      "json.ts": 'import { c } from "./wait.ts";',
    }),
    ["plugin/a.ts", "plugin/b.ts"],
  );
});

Deno.test("a power that is used in the wrong place is found, but not in a comment", () => {
  assert.deepEqual(
    findTrespasses({
      "gateway/gateway.ts": "Deno.exit(1); // Deno.kill is only mentioned here\n",
      "scheduler/tick_loop.ts": 'db.exec("COMMIT");\nlet count = 0;\nstore.transaction(work);\n',
      "log/log.ts": "const at = Date.now();",
      "store/store.ts": "const sql = `SELECT id FROM t`;",
      "conformance/checks.ts": "/absolute/.test(refusal);",
      "gateway/start_report.ts": 'problem.message.includes("did you mean")',
      "config/interpolate.ts": "/^NAME$/.test(text)",
    }, POWERS),
    [
      "gateway/gateway.ts ends the program",
      "scheduler/tick_loop.ts has SQL",
      "scheduler/tick_loop.ts opens a transaction",
      "scheduler/tick_loop.ts has module state",
      "log/log.ts reads the clock or a random number itself",
      "conformance/checks.ts matches a text against a pattern",
      "gateway/start_report.ts reads a message meant for people",
    ],
  );
  assert.equal(withoutComments("/* a */b // c"), "b ");
});

Deno.test("any, an assertion and a ! are found, but neither const nor prose", () => {
  const lines = [
    "const a = row as Job;",
    "const b = [1] as const;",
    "const c = rows![0];",
    "const d: any = 1; // as any",
    'const e = "as it stands!";',
  ];
  assert.deepEqual(findAssertions({ "store/jobs.ts": lines.join("\n") }), [
    "store/jobs.ts:1 asserts a type",
    "store/jobs.ts:3 asserts that a value exists",
    "store/jobs.ts:4 says any",
  ]);
});

Deno.test("a file, a function and a room that exceed their budget by one are found, with their size", () => {
  const budgets = { linesOfFile: 6, linesOfFunction: 3, filesOfRoom: 1, largeRooms: ["attic/"] };
  const long = (begin: string) => `${begin}\n  "é";\n  1;\n}`;
  assert.deepEqual(
    findExcesses({
      "main.ts": "1;\n".repeat(7),
      "core/a.ts": `// é\n\n${long("function f() {")}`,
      "core/b.ts": `const f = () => {\n  1;\n};\n`,
      "attic/a.ts": `class A {\n${long("m() {")}\n}`,
      "attic/b.ts": long("const f = () => {"),
    }, budgets),
    [
      "main.ts has 7 lines",
      "core/a.ts:3 has a function of 4 lines",
      "attic/a.ts:2 has a function of 4 lines",
      "attic/b.ts:1 has a function of 4 lines",
      "core/ has 2 files",
    ],
  );
});
