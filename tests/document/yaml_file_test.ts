import fc from "fast-check";
import assert from "node:assert/strict";
import { stringify } from "yaml";
import { parseJson } from "../../src/base/json.ts";
import { describeProblem, type Problem } from "../../src/document/problem.ts";
import {
  createLocate,
  parseYaml,
  readYamlFile,
  type YamlFile,
} from "../../src/document/yaml_file.ts";

/** The file that a text parses to. */
function fileOf(text: string): YamlFile {
  const parsed = parseYaml("f.yaml", text);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.file;
}

function problemsOf(text: string): readonly string[] {
  const parsed = parseYaml("f.yaml", text);
  return parsed.ok ? [] : parsed.problems.map(describeProblem);
}

/** The line for a problem at this path. */
function shown(file: YamlFile, path: Problem["path"]): string {
  return describeProblem(file.locate({ code: "invalid", path, message: "M" }));
}

Deno.test("a place is found again from the text alone", () => {
  const text = "\n\n# \u00e9\r\na: &x { b: [1, { c: 2 }] }\nd: *x\n'e e':\n  - f: 1\n";
  const file = fileOf(text);
  const locate = createLocate("f.yaml", text);
  const paths = [[], ["a", "b", 1, "c"], ["d", "b"], ["e e", 0, "f"], ["none"], ["a", "none"]];
  for (const path of paths) {
    const problem: Problem = { code: "invalid", path, message: "M" };
    assert.deepEqual(locate(problem), file.locate(problem));
  }
});

const VALUES: readonly (readonly [what: string, text: string, value: unknown])[] = [
  ["nothing is null", "", null],
  ["a byte order mark is skipped", "\ufeffa: 1\n", { a: 1 }],
  ["Windows line endings are line endings", "a: 1\r\nb:\r\n  - x\r\n", { a: 1, b: ["x"] }],
  ["a file may lack its last line ending", "a: 1", { a: 1 }],
  ["document marks may surround one document", "---\na: 1\n...\n", { a: 1 }],
  ["YAML 1.2 may be declared", "%YAML 1.2\n---\na: yes\n", { a: "yes" }],
  ["yes, no, on and off are strings", "[yes, no, on, off, y, N]", [
    "yes",
    "no",
    "on",
    "off",
    "y",
    "N",
  ]],
  ["a time of day is a string", "a: 12:30:45", { a: "12:30:45" }],
  ["a date is a string", "a: 2026-01-01", { a: "2026-01-01" }],
  ["a version of three parts is a string", "a: 0.1.0", { a: "0.1.0" }],
  ["a leading zero does not make an octal number", "a: 0755", { a: 755 }],
  ["the largest safe integers are kept", "[9007199254740991, -9007199254740991]", [
    9007199254740991,
    -9007199254740991,
  ]],
  ["a large number with a fraction is kept", "a: 1.5e10", { a: 15000000000 }],
  ["a quoted large integer is a string", 'a: "9007199254740993"', { a: "9007199254740993" }],
  ["keys that look like other types are strings", "1: a\ntrue: b\nnull: c\n", {
    1: "a",
    true: "b",
    null: "c",
  }],
  ["anchors and aliases share values", "a: &x { b: 1 }\nc: *x\n", { a: { b: 1 }, c: { b: 1 } }],
  ["an alias means the nearest anchor before it", "[&x 1, *x, &x 2, *x]", [1, 1, 2, 2]],
  ["<< is a key like any other", "a: { <<: 1 }", { a: { "<<": 1 } }],
  ["the tags of JSON's types are accepted", "[!!str 1, !!int 2, !!map {}, !!seq []]", [
    "1",
    2,
    {},
    [],
  ]],
  ["block strings keep their line breaks", "a: |\n  x\n   y\n", { a: "x\n y\n" }],
  ["a key named constructor is an ordinary key", "constructor: 1\ntoString: 2\n", {
    constructor: 1,
    toString: 2,
  }],
  [
    "100 levels of nesting are allowed",
    "[".repeat(100) + "]".repeat(100),
    JSON.parse("[".repeat(100) + "]".repeat(100)),
  ],
];

/** Numbers that a double cannot hold, and some that it can, in the form that a plugin gets. */
const NUMBERS: readonly (readonly [yaml: string, json: string])[] = [
  ["9007199254740993", "9007199254740993"],
  ["-9007199254740993", "-9007199254740993"],
  ["+009007199254740993", "9007199254740993"],
  ["0xFFFFFFFFFFFFFFFF", "18446744073709551615"],
  ["0o7777777777777777777777", "73786976294838206463"],
  ["1e400", "1e400"],
  ["-1.50E+400", "-1.50e+400"],
  ["1e-400", "1e-400"],
  ["0.1234567890123456789", "0.1234567890123456789"],
  [".1234567890123456789", "0.1234567890123456789"],
  ["-0", "-0"],
  ["-0.0", "-0.0"],
  ["9007199254740992", "9007199254740992"],
  ["0.10", "0.1"],
  ["1.", "1"],
  ["100e-2", "1"],
  ["1e23", "1e+23"],
];

for (const [yaml, json] of NUMBERS) {
  Deno.test(`the number ${yaml} is ${json} in JSON, also through an alias`, () => {
    assert.equal(JSON.stringify(fileOf(`[&a ${yaml}, *a]`).value), `[${json},${json}]`);
  });
}

for (const [what, text, value] of VALUES) {
  Deno.test(what, () => assert.deepEqual(fileOf(text).value, value));
}

Deno.test("any JSON data written as YAML parses back unchanged", () => {
  // JSON.stringify writes -0 as 0, which stringify does not.
  const data = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value)))
    .filter((value) => !JSON.stringify(value).includes("__proto__"));
  fc.assert(fc.property(data, (value) => {
    const json = JSON.stringify(value);
    assert.equal(JSON.stringify(fileOf(stringify(value)).value), json);
    assert.equal(JSON.stringify(fileOf(json).value), json);
  }));
});

const TREE = `top:
  inner: { a: 1, "b c": [x, { d: 2 }] }
  list:
    - first
    - key: value
shared: &s { e: 1 }
user: *s
`;

const PLACES: readonly (readonly [path: Problem["path"], line: string])[] = [
  [[], "f.yaml:1:1: M"],
  [["top"], "f.yaml:1:1: top: M"],
  [["top", "inner", "a"], "f.yaml:2:12: top.inner.a: M"],
  [["top", "inner", "b c", 1, "d"], 'f.yaml:2:31: top.inner."b c".1.d: M'],
  [["top", "list", 0], "f.yaml:4:7: top.list.0: M"],
  [["top", "list", 1, "key"], "f.yaml:5:7: top.list.1.key: M"],
  [["top", "missing"], "f.yaml:1:1: top.missing: M"],
  [["top", "list", 7], "f.yaml:3:3: top.list.7: M"],
  [["top", "list", 0, "below"], "f.yaml:4:7: top.list.0.below: M"],
  [["nowhere", "at", "all"], "f.yaml:1:1: nowhere.at.all: M"],
  [["user", "e"], "f.yaml:7:1: user.e: M"],
  [["a\nb", "", "\u001b"], 'f.yaml:1:1: "a\\nb"."".' + '"\\u001b": M'],
];

for (const [path, line] of PLACES) {
  Deno.test(`a problem at ${JSON.stringify(path)} is shown as ${JSON.stringify(line)}`, () => {
    assert.equal(shown(fileOf(TREE), path), line);
  });
}

Deno.test("lines are counted right with Windows line endings, and columns after wide characters", () => {
  const file = fileOf('"é": 1\r\n"\u{1F600}": { x: 1 }\r\n');
  assert.equal(shown(file, ["\u{1F600}", "x"]).slice(0, 10), "f.yaml:2:9");
});

Deno.test("a problem in an empty file has the place 1:1", () => {
  assert.equal(shown(fileOf(""), ["a"]), "f.yaml:1:1: a: M");
});

Deno.test("all faults are in file order, whatever found them", () => {
  assert.deepEqual(problemsOf("a: .inf\nb: *none\na: '\\'x\nc: !t 1\n__proto__: 1\n"), [
    "f.yaml:1:4: not a number that JSON can represent; quote it",
    "f.yaml:2:4: this alias has no anchor before it",
    'f.yaml:3:1: duplicate key "a"',
    "f.yaml:3:7: unexpected scalar at node end",
    "f.yaml:4:4: tags are not supported; quote the value or remove the tag",
    "f.yaml:5:1: a key must not be named __proto__",
  ]);
});

Deno.test("aliases that expand to a deeper or larger value than allowed are refused", () => {
  const deep = `a: &a ${"[".repeat(60)}${"]".repeat(60)}\nb: ${"[".repeat(60)}*a${
    "]".repeat(60)
  }\n`;
  assert.deepEqual(problemsOf(deep), ["f.yaml:2:64: nested more than 100 levels deep"]);
  const large = `a: &a ${"x".repeat(400_000)}\nb: [*a, *a, *a, *a, *a]\n`;
  assert.deepEqual(problemsOf(large), [
    "f.yaml:2:21: too large once the aliases are expanded",
  ]);
});

Deno.test("1000 aliases are allowed, one more is not", () => {
  const text = (count: number) => `[&a 1${", *a".repeat(count)}]`;
  assert.deepEqual(problemsOf(text(1000)), []);
  assert.deepEqual(problemsOf(text(1001)), ["f.yaml:1:4008: more than 1000 aliases"]);
});

Deno.test("40,000 keys of one map are read, each with its position", () => {
  const keys = Array.from({ length: 40_000 }, (_, i) => `k${i}`);
  const file = fileOf(keys.map((key) => `${key}: 1\n`).join(""));
  const lines = keys.map((key) => shown(file, [key]));
  assert.deepEqual(lines, keys.map((key, i) => `f.yaml:${i + 1}:1: ${key}: M`));
});

Deno.test("no text makes the parser throw, and each fault is on one line", () => {
  const syntax = fc.constantFrom(..."\t\n\r :-?,[]{}#&*!|>'\"%@`\\~<=a1", "&a ", "*a", "- ", ": ");
  const text = fc.array(fc.oneof(syntax, fc.string({ unit: "binary", maxLength: 3 })), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(text, (pieces) => {
      const problems = problemsOf(pieces.join(""));
      for (const line of problems) assert.match(line, /^f\.yaml:\d+:\d+: \P{Cc}+$/u);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("everything that parses can be written as JSON", () => {
  const scalar = fc.constantFrom("~", "1", "1.5", "-0", "a", "'b'", ".5", "1e3", "0x1F", "1e400");
  fc.assert(fc.property(fc.array(scalar), (scalars) => {
    const { value } = fileOf(`[${scalars.join(", ")}]`);
    const json = JSON.stringify(value);
    const parsed = parseJson(json);
    assert.ok(parsed.ok);
    assert.equal(JSON.stringify(parsed.value), json);
  }));
});

Deno.test("a file is read through a link and named by the given path", () => {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-yaml-" });
  try {
    Deno.writeTextFileSync(`${folder}/real.yaml`, "a: [\n");
    Deno.symlinkSync("real.yaml", `${folder}/link.yaml`);
    const read = readYamlFile(`${folder}/link.yaml`);
    assert.ok(!read.ok);
    assert.match(read.problems.map(describeProblem).join(), /^link\.yaml:2:1: /);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

for (
  const [path, reason] of [
    ["", "no such file; create it, or name another one"],
    ["nowhere.yaml", "no such file; create it, or name another one"],
    ["src", "it is a folder, not a file"],
    ["/dev/null", "it is not a regular file"],
    ["deno.json/x", "Not a directory (os error 20): stat 'deno.json/x'"],
  ] as const
) {
  Deno.test(`${JSON.stringify(path)} is refused: ${reason}`, () => {
    const read = readYamlFile(path);
    assert.ok(!read.ok);
    assert.deepEqual(read.problems.map(describeProblem), [`Cannot read ${path}: ${reason}`]);
  });
}
