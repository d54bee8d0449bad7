import fc from "fast-check";
import assert from "node:assert/strict";
import { renderBlock } from "../../src/operator/block.ts";

Deno.test("a text of one line stands beside its title, a longer one under it", () => {
  assert.equal(renderBlock("error", "no\n"), "  error: no");
  assert.equal(renderBlock("stderr", "a\r\n\n\tb\n"), "  stderr:\n    a\n    \n    \tb");
});

Deno.test("no text of a plugin controls the terminal or leaves its block", () => {
  const texts = fc.string({
    unit: fc.oneof(fc.constantFrom(..."\n\r\t\x1b\x9b\u202e\u2028a"), fc.string()),
  });
  fc.assert(fc.property(texts, (text) => {
    const [title = "", ...lines] = renderBlock("stderr", text).split("\n");
    assert.match(title, /^ {2}stderr:/);
    for (const line of lines) assert.ok(line.startsWith("    "));
    // deno-lint-ignore no-control-regex -- what must not be there
    assert.doesNotMatch([title, ...lines].join(""), /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e]/);
  }));
});
