import assert from "node:assert/strict";
import { importsOf, readSources, type Sources, withoutComments } from "./support/source_files.ts";

/** The floors of `src/`, from the top; a file or a folder with all that is in it. Imports go down. */
const FLOORS: readonly (readonly string[])[] = [
  ["main.ts"],
  ["gateway/", "operator/"],
  ["scheduler/", "dispatcher/", "conformance/"],
  ["store/", "plugin/"],
  ["sqlite/", "config/"],
  ["core/", "document/", "process/", "log/"],
  ["base/"],
];

/** What only some places may do, and how it shows in the text. */
const RESERVED: readonly { what: string; sign: RegExp; allowed: readonly string[] }[] = [
  {
    what: "spawns or kills",
    sign: /Deno\.(Command|kill)\b/,
    allowed: ["process/"],
  },
  {
    what: "has SQL",
    sign: /\.(prepare|exec)\(\s*["'`]|\b(SELECT|INSERT INTO|DELETE FROM|PRAGMA) \w/,
    allowed: ["store/", "sqlite/"],
  },
  { what: "ends the program", sign: /Deno\.exit\b/, allowed: ["main.ts", "operator/check.ts"] },
  { what: "reads the environment", sign: /Deno\.env\b/, allowed: ["main.ts", "operator/check.ts"] },
  {
    what: "takes the time or a random number by itself",
    sign: /\bDate\.now\(\)|Math\.random\(\)/,
    allowed: ["conformance/"],
  },
  { what: "has state of the module", sign: /^(export )?(let|var) /m, allowed: [] },
  {
    what: "says any, or trusts that something is there",
    sign: /\bany\b(?= ?[\]>,;)=])|\w!\.|\)!/,
    allowed: [],
  },
];

const isIn = (path: string) => (place: string) =>
  place.endsWith("/") ? path.startsWith(place) : path === place;

/** The one room of a folder may be entered freely from within. */
const shareRoom = (a: string, b: string) =>
  a.includes("/") && b.includes("/") && a.split("/")[0] === b.split("/")[0];

function findClimbs(sources: Sources, floors = FLOORS): string[] {
  const floorOf = (path: string) => floors.findIndex((floor) => floor.some(isIn(path)));
  return Object.entries(sources).flatMap(([path, text]) => {
    if (floorOf(path) === -1) return [`${path} has no floor`];
    return importsOf(path, text)
      .filter((target) => !shareRoom(path, target) && floorOf(target) <= floorOf(path))
      .map((target) => `${path} imports ${target}`);
  });
}

/** Files that import themselves by way of others. */
function findCycles(sources: Sources): string[] {
  const graph = new Map(
    Object.entries(sources).map(([path, text]) => [path, importsOf(path, text)]),
  );
  function reaches(from: string, goal: string, seen: Set<string>): boolean {
    return (graph.get(from) ?? []).some((next) => {
      if (next === goal) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return reaches(next, goal, seen);
    });
  }
  return [...graph.keys()].filter((path) => reaches(path, path, new Set()));
}

function findTrespasses(sources: Sources): string[] {
  return Object.entries(sources).flatMap(([path, text]) =>
    RESERVED
      .filter(({ sign, allowed }) => sign.test(withoutComments(text)) && !allowed.some(isIn(path)))
      .map(({ what }) => `${path} ${what}`)
  );
}

const SOURCES = readSources();

Deno.test("imports of src go down only, and every file has its floor", () => {
  assert.ok(Object.keys(SOURCES).length > 40);
  assert.deepEqual(findClimbs(SOURCES), []);
});

Deno.test("no file of src imports itself by way of others", () => {
  assert.deepEqual(findCycles(SOURCES), []);
});

Deno.test("only the places made for it spawn, hold SQL, end the program or read the environment", () => {
  assert.deepEqual(findTrespasses(SOURCES), []);
});

Deno.test("a climb, a cycle, a file without a floor and a trespass are found", () => {
  const floors = [["scheduler.ts"], ["store/"], ["log.ts"], ["wait.ts"]];
  assert.deepEqual(
    findClimbs({
      "wait.ts": 'import type { Log } from "./log.ts";',
      "store/store.ts": 'import { x } from "./database.ts"; import { y } from "../scheduler.ts";',
      "attic.ts": "",
    }, floors),
    ["wait.ts imports log.ts", "store/store.ts imports scheduler.ts", "attic.ts has no floor"],
  );
  assert.deepEqual(
    findCycles({
      "plugin/a.ts": 'import { b } from "./b.ts";',
      "plugin/b.ts": 'export type { A } from "./a.ts";',
      "json.ts": 'import { c } from "./wait.ts";',
    }),
    ["plugin/a.ts", "plugin/b.ts"],
  );
  assert.deepEqual(
    findTrespasses({
      "gateway.ts": "Deno.exit(1); // Deno.kill is only spoken of here\n",
      "scheduler.ts": 'db.exec("COMMIT");\nlet count = 0;\n',
      "loops.ts": "const at = Date.now();",
      "store/store.ts": "const sql = `SELECT id FROM t`; first!.id;",
    }),
    [
      "gateway.ts ends the program",
      "scheduler.ts has SQL",
      "scheduler.ts has state of the module",
      "loops.ts takes the time or a random number by itself",
      "store/store.ts says any, or trusts that something is there",
    ],
  );
});
