import fc from "fast-check";
import assert from "node:assert/strict";
import { createRedact } from "../../src/base/redact.ts";
import { isSecretVariable, secretForms, textsIn } from "../../src/core/secret.ts";

Deno.test("a secret is masked as it is, as JSON and as JSON in ASCII, the longest form first", () => {
  assert.deepEqual(secretForms(['pä"ss\\wort\u{1F511}']), [
    String.raw`p\u00e4\"ss\\wort\ud83d\udd11`,
    String.raw`pä\"ss\\wort` + "\u{1F511}",
    'pä"ss\\wort\u{1F511}',
  ]);
});

Deno.test("a plain secret has one form", () => {
  assert.deepEqual(secretForms(["s3cr3t-7f9a2b", "s3cr3t-7f9a2b"]), ["s3cr3t-7f9a2b"]);
});

Deno.test("each line of 8 characters or more is a secret of its own, however lines end", () => {
  assert.deepEqual(secretForms(["first-line\r\nshort\n1234567\n12345678\rlast-line-x\n"]), [
    ...["last-line-x", "first-line", "12345678"],
  ]);
});

Deno.test("white space around a line is no part of the secret, unless it is too short without it", () => {
  assert.deepEqual(secretForms(["  s3cr3t-7f9a2b\t", "   1234567", "          ", ""]), [
    ...["s3cr3t-7f9a2b", "   1234567"],
  ]);
});

Deno.test("each long line of any value is masked, bare and within the JSON of the whole value", () => {
  const value = fc.string({ unit: fc.oneof(fc.constantFrom("\n", '"', "\\", "é"), fc.string()) });
  fc.assert(fc.property(value, (text) => {
    const redact = createRedact(secretForms([text]));
    const shown = redact(JSON.stringify({ text }));
    const lines = text.split(/[\r\n]/).map((line) => line.trim()).filter((line) =>
      line.length >= 8
    );
    for (const line of lines) {
      assert.equal(redact(line), "[secret]");
      assert.ok(!shown.includes(JSON.stringify(line).slice(1, -1)), shown);
    }
  }));
});

Deno.test("a variable that says who or where the gateway is, is no secret", () => {
  const names = ["HOME", "PWD", "USER", "TMPDIR", "TOKEN", "HOME_TOKEN", "home"];
  assert.deepEqual(names.filter(isSecretVariable), ["TOKEN", "HOME_TOKEN", "home"]);
});

Deno.test("every text in a value is found, but no key, number or boolean", () => {
  const value = { a: "one", b: ["two", { c: "three", d: 4, e: true, f: null }] };
  assert.deepEqual(textsIn(value), ["one", "two", "three"]);
  assert.deepEqual([textsIn("x"), textsIn(undefined), textsIn(7)], [["x"], [], []]);
});
