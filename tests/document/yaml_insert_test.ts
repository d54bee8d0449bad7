import fc from "fast-check";
import assert from "node:assert/strict";
import { parse, stringify } from "yaml";
import { insertKey } from "../../src/document/yaml_insert.ts";

const ENTRY = { schedule: { every: "1h" } };
const insert = (text: string) => insertKey(text, "plugins", "it", ENTRY);

/** What is added, in block style, below `plugins:`. */
const BLOCK = "  it:\n    schedule:\n      every: 1h\n";
const FLOW = '"it": { "schedule": { "every": "1h" } }';

/** Texts with a `+` where the entry belongs, and what is added there. */
const PLACES: readonly (readonly [what: string, text: string, added: string])[] = [
  ["after the last entry", "plugins:\n  a: {}\n+", BLOCK],
  ["after it, although no line ends there", "plugins:\n  a: {}+", `\n${BLOCK}`],
  ["before the next section", "plugins:\n  a: {}\n+\n# the rest\nservice: {}\n", BLOCK],
  [
    "after a comment on the last entry",
    "plugins:\n  a:\n    x: 1\n    # y: 2\n+\nstate: {}\n",
    BLOCK,
  ],
  ["past comments in column 1", "plugins:\n  a: {}\n# of b\n  b: {}\n+# end\n", BLOCK],
  ["as deep as the others", "plugins:\n    a: {}\n+", BLOCK.replace(/^/gm, "  ").trimEnd() + "\n"],
  ["after a text of several lines", "plugins:\n  a:\n    x: |\n      # 1\n\n      2\n+", BLOCK],
  ["after a text that keeps its blank lines", "plugins:\n  a:\n    x: |+\n      1\n\n\n+", BLOCK],
  ["below a quoted key with an anchor", '"plugins": &p # mine\n  a: {}\n+', BLOCK],
  ["beside anchors and aliases", "plugins:\n  a: &a { x: 1 }\n  b: *a\n+service: {}\n", BLOCK],
  ["in an empty section", "plugins:\n+service: {}\n", BLOCK],
  ["in a section of comments", "plugins:\n  # none yet\n+", BLOCK],
  ["in an indented document", "  plugins:\n     a: {}\n+", BLOCK.replace(/^(?=.)/gm, "   ")],
  ["at the end, if there is no section", "service: {}\n+", `\nplugins:\n${BLOCK}`],
  ["at the end, after a text that keeps blank lines", "a: |+\n  1\n\n+", `plugins:\n${BLOCK}`],
  ["in an empty file", "+", `\nplugins:\n${BLOCK}`],
  ["in a file of comments", "# mine+", `\n\nplugins:\n${BLOCK}`],
  ["after the mark of a document", "---\n+", `\nplugins:\n${BLOCK}`],
  ["in an empty flow map", "plugins: {+}\n", ` ${FLOW} `],
  ["in a flow map", "plugins: { a: {}+ }\n", `, ${FLOW}`],
  ["before the last comma of one", "plugins: {\n  a: { x: 1 }+, # of a\n}\n", `, ${FLOW}`],
  ["after a key without a value", "plugins: { a+ }\n", `, ${FLOW}`],
  ["in a JSON document", '{"plugins": {"a": {"x": [1]}+}}\n', `, ${FLOW}`],
  ["in one without the section", '{"service": {}+}', `, "plugins": { ${FLOW} }`],
];
for (const [what, marked, added] of PLACES) {
  Deno.test(`a key is added ${what}`, () => {
    const [before = "", after = ""] = marked.split(/(?<!\|)\+/);
    const indented = what === "as deep as the others"
      ? "    it:\n      schedule:\n        every: 1h\n"
      : what === "in an indented document"
      ? "     it:\n       schedule:\n         every: 1h\n"
      : added;
    assert.equal(insert(before + after), before + indented + after);
  });
}

Deno.test("the lines that are added end as those of the file do", () => {
  assert.equal(
    insert("plugins:\r\n  a: {}\r\nservice: {}\r\n"),
    `plugins:\r\n  a: {}\r\n${BLOCK.replaceAll("\n", "\r\n")}service: {}\r\n`,
  );
});

const REFUSED: readonly (readonly [what: string, text: string])[] = [
  ["the text is not valid", "plugins: ["],
  ["the key is there", "plugins:\n  it: {}\n"],
  ["the key is there in another form", 'plugins: { "it": {} }\n'],
  ["the section is a list", "plugins: []\n"],
  ["the section is a text", "plugins: a\n"],
  ["the section says null", "plugins: null\n"],
  ["the section is an alias", "a: &a { b: {} }\nplugins: *a\n"],
  ["an alias repeats the section", "plugins: &p\n  a: {}\ndefaults: *p\n"],
  ["the document has ended", "service: {}\n...\n"],
  ["the file is a list", "- a\n"],
];
for (const [what, text] of REFUSED) {
  Deno.test(`nothing is added if ${what}`, () => assert.equal(insert(text), undefined));
}

const key = fc.stringMatching(/^[a-h][a-z0-9_-]{0,5}$/);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant("a\n\nb\n\n")),
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(key, tie("any"), { maxKeys: 3 }),
  ),
})).any;
const config = fc.record({
  service: fc.dictionary(key, value, { maxKeys: 3 }),
  plugins: fc.dictionary(key, fc.dictionary(key, value, { maxKeys: 3 }), { maxKeys: 3 }),
  zone: value,
}, { requiredKeys: [] });
const style = fc.record({
  indent: fc.integer({ min: 2, max: 6 }),
  collectionStyle: fc.constantFrom("any" as const, "block" as const, "flow" as const),
  lineWidth: fc.constantFrom(0, 40),
});
const dressed = fc.record({ config, style, crlf: fc.boolean(), comment: fc.boolean() }).map(
  ({ config, style, crlf, comment }) => {
    const text = stringify(config, style);
    const said = comment ? `# first\n${text}# last\n` : text;
    return { text: crlf ? said.replaceAll("\n", "\r\n") : said };
  },
);

Deno.test("whatever the file: the key is added, one piece of text is new, and the rest stays", () => {
  fc.assert(
    fc.property(dressed, ({ text }) => {
      const before = parse(text) ?? {};
      fc.pre(before.plugins !== null);
      const after = insert(text);
      assert.ok(after !== undefined, JSON.stringify(text));
      assert.deepEqual(parse(after), { ...before, plugins: { ...before.plugins, it: ENTRY } });
      let same = 0;
      while (same < text.length && text[same] === after[same]) same++;
      assert.ok(after.endsWith(text.slice(same)), JSON.stringify({ text, after }));
      assert.equal(after.slice(0, same), text.slice(0, same));
    }),
    { numRuns: 200 },
  );
});

Deno.test("no text makes it throw", () => {
  const piece = fc.constantFrom(
    "plugins:",
    "\n",
    "  ",
    "a: ",
    "{",
    "}",
    "[",
    "&a ",
    "*a",
    "|",
    "#",
    "- ",
    '"',
  );
  fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
    const after = insert(pieces.join(""));
    if (after !== undefined) assert.deepEqual(parse(after).plugins.it, ENTRY);
  }));
});
