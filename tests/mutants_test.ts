import { stop, transform } from "esbuild";
import assert from "node:assert/strict";
import { occurrences } from "./mutants/mutant.ts";
import { TABLE } from "./mutants/table.ts";

const SRC = new URL("../src/", import.meta.url);
const ROOT = new URL("..", import.meta.url);

Deno.test("each mutant changes a text that occurs exactly once in its file, and names tests that exist", () => {
  const wrong = TABLE.flatMap(({ file, tests, mutants }) => {
    const source = Deno.readTextFileSync(new URL(file, SRC));
    const paths = tests.filter((path) => !path.startsWith("--"));
    for (const path of paths) assert.ok(Deno.statSync(new URL(path, ROOT)), path);
    return mutants
      .filter(({ text, replacement }) => occurrences(source, text) !== 1 || text === replacement)
      .map(({ text }) => `${file}: ${text}`);
  });
  assert.deepEqual(wrong, []);
});

Deno.test({
  name: "each mutant is still a program: one that cannot be read would look killed",
  sanitizeOps: false, // stop() does not wait for esbuild's process
  sanitizeResources: false,
  async fn() {
    const wrong: string[] = [];
    for (const { file, mutants } of TABLE) {
      const source = Deno.readTextFileSync(new URL(file, SRC));
      for (const { text, replacement } of mutants) {
        const mutated = source.replace(text, () => replacement);
        await transform(mutated, { loader: "ts", logLevel: "silent" })
          .catch((error) => wrong.push(`${file}: ${text}: ${error.message}`));
      }
    }
    await stop();
    assert.deepEqual(wrong, []);
  },
});

Deno.test("there are enough mutants, and each one says what a user would lose", () => {
  const mutants = TABLE.flatMap(({ mutants }) => mutants);
  assert.ok(mutants.length >= 80, `${mutants.length}`);
  for (const { loss } of mutants) assert.match(loss, /\w+ \w+/);
});
