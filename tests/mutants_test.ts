import assert from "node:assert/strict";
import { occurrences } from "./mutants/mutant.ts";
import { TABLE } from "./mutants/table.ts";

const SRC = new URL("../src/", import.meta.url);
const ROOT = new URL("..", import.meta.url);

Deno.test("each mutant changes a text that occurs exactly once in its file, and names tests that exist", () => {
  const wrong = TABLE.flatMap(({ file, tests, mutants }) => {
    const source = Deno.readTextFileSync(new URL(file, SRC));
    for (const path of tests) assert.ok(Deno.statSync(new URL(path, ROOT)), path);
    return mutants
      .filter(({ text, replacement }) => occurrences(source, text) !== 1 || text === replacement)
      .map(({ text }) => `${file}: ${text}`);
  });
  assert.deepEqual(wrong, []);
});

Deno.test("there are enough mutants, and each one says what a user would lose", () => {
  const mutants = TABLE.flatMap(({ mutants }) => mutants);
  assert.ok(mutants.length >= 80, `${mutants.length}`);
  for (const { loss } of mutants) assert.match(loss, /\w+ \w+/);
});
