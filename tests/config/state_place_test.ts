import assert from "node:assert/strict";
import { findState } from "../../src/config/state_place.ts";

function createConfig(text: string) {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-place-" }));
  const path = `${folder}/config.yaml`;
  Deno.writeTextFileSync(path, text);
  return { folder, path, [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }) };
}

async function placeOf(
  text: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  using config = createConfig(text);
  const place = await findState(config.path, (name) => env[name]);
  return place.ok
    ? place.statePath.replace(config.folder, "FOLDER")
    : place.problems.map(({ path, message, place }) =>
      `${place?.line}:${place?.column} ${path.join(".")} ${message}`
    ).join("\n");
}

const plugins = "plugins:\n  a: { schedule: { every: 5m } }\n";

const places: readonly (readonly [what: string, text: string, place: string])[] = [
  ["nothing about it", plugins, "FOLDER/data/state.db"],
  ["an empty file", "", "FOLDER/data/state.db"],
  ["a block", `${plugins}state:\n  path: here.db # why\n`, "FOLDER/here.db"],
  ["a path", `${plugins}state:\n  # there\n  path: ./here.db # why\n\n`, "FOLDER/here.db"],
  ["a quoted path", `state:\n  path: "/var/x.db"\n`, "/var/x.db"],
  ["flow style", `state: { path: /var/x.db }\n${plugins}`, "/var/x.db"],
  ["a file in flow style", `{ state: { path: x.db }, plugins: {} }`, "FOLDER/x.db"],
  ["windows line ends", "state:\r\n  path: x.db\r\nplugins:\r\n  a: 1\r\n", "FOLDER/x.db"],
  ["a document marker", `---\nstate:\n  path: x.db\n${plugins}`, "FOLDER/x.db"],
  ["a path in its own line", "state: # why\n  path:\n    ./x.db\n", "FOLDER/x.db"],
  ["a no-break space after it", `state:\n  path: ./x.db\u00a0\n${plugins}`, "FOLDER/x.db\u00a0"],
  ["what only looks like a comment", `state:\n  path: ./x.db\u00a0#1\n`, "FOLDER/x.db\u00a0#1"],
  ["an alias", "p: &p x.db\nstate:\n  path: *p\n", "FOLDER/x.db"],
  ["a variable", "state:\n  path: ${DIR}/x.db\n", "/srv/x.db"],
  ["a quoted key", `"state":\n  path: x.db\n${plugins}`, "FOLDER/x.db"],
  [
    "a text that looks like it",
    `note: |\n  state:\n    path: no.db\n${plugins}`,
    "FOLDER/data/state.db",
  ],
  ["an entry of that name", `plugins:\n  state:\n    path: no.db\n`, "FOLDER/data/state.db"],
  ["an unset variable elsewhere", "plugins:\n  a: ${UNSET}\nstate:\n  path: x.db\n", "FOLDER/x.db"],
  ["a fault elsewhere", "plugins: { a: [ }\nstate:\n  path: x.db\n", "FOLDER/x.db"],
];
for (const [what, text, place] of places) {
  Deno.test(`the database of a config with ${what} is found`, async () => {
    assert.equal(await placeOf(text, { DIR: "/srv" }), place);
  });
}

const problems: readonly (readonly [text: string, problem: string])[] = [
  ["state:\n  path: 5\n", "2:3 state.path expected a string, got a number"],
  ["\nstate:\n  pat: x.db\n", '3:3 state.pat unknown key, did you mean "path"?'],
  ["state: path: ./x.db\n", "1:8  nested mappings are not allowed in compact mappings"],
  ["state:\n  path: ./x.db\n  more: 1\n", "3:3 state.more unknown key, expected one of: path"],
  ["state:\n  path: ./x.db\n  path: ./y.db\n", '3:3  duplicate key "path"'],
  ["state:\n  path: ./x.db\nstate:\n  path: ./y.db\n", '3:1  duplicate key "state"'],
  [
    "state:\n  path: ${UNSET}\n",
    "2:3 state.path environment variable UNSET is not set; set it, or write ${UNSET:-default}",
  ],
];
for (const [text, problem] of problems) {
  Deno.test(`${JSON.stringify(text)} is refused: ${problem}`, async () => {
    assert.equal(await placeOf(text), problem);
  });
}

Deno.test("a config that is not there is a problem with its path", async () => {
  const place = await findState("/no/such/config.yaml", () => undefined);
  assert.ok(!place.ok);
  assert.deepEqual(place.problems.map(({ code, file }) => [code, file]), [
    ["unreadable", "/no/such/config.yaml"],
  ]);
});
