import fc from "fast-check";
import assert from "node:assert/strict";
import { asIs, createRedact, MIN_SECRET_CHARS } from "../../src/base/redact.ts";

const TOKEN = "s3cr3t-7f9a2b";

const MASKED: readonly (readonly [what: string, secrets: string[], text: string, shown: string])[] =
  [
    ["a secret", [TOKEN], `a ${TOKEN} b`, "a [secret] b"],
    ["a whole text", [TOKEN], TOKEN, "[secret]"],
    ["each time it occurs", [TOKEN], `${TOKEN} ${TOKEN}`, "[secret] [secret]"],
    ["several secrets", [TOKEN, "other-one"], `other-one, ${TOKEN}`, "[secret], [secret]"],
    ["a secret that contains another as one", [TOKEN, `${TOKEN}-x`], `${TOKEN}-x`, "[secret]"],
    ["secrets that overlap as one", ["abcdefgh", "efghijkl"], "-abcdefghijkl-", "-[secret]-"],
    ["secrets that touch as one", ["abcdefgh", "ijklmnop"], "abcdefghijklmnop", "[secret]"],
    ["a secret after its own beginning", ["aaaaaaab"], "aaaaaaaaaab", "aaa[secret]"],
    ["a secret within another's beginning", ["xabcdefghy", "abcdefgh"], "xabcdefghz", "x[secret]z"],
    ["no part of one", [TOKEN], TOKEN.slice(0, -1), TOKEN.slice(0, -1)],
    ["nothing too short to be one", ["short"], "short", "short"],
    ["nothing in an empty text", [TOKEN], "", ""],
    ["a secret of any script", ["pässwört-\u{1F511}"], "=pässwört-\u{1F511}=", "=[secret]="],
  ];

for (const [what, secrets, text, shown] of MASKED) {
  Deno.test(`it masks ${what}`, () => assert.equal(createRedact(secrets)(text), shown));
}

Deno.test("without secrets it is the function that masks nothing", () => {
  assert.equal(createRedact([]), asIs);
  assert.equal(createRedact(["short"]), asIs);
});

Deno.test("at the end of a text that was cut, the beginning of a secret is masked from 8 characters", () => {
  const redact = createRedact([TOKEN, "another-secret"]);
  for (let length = 0; length <= TOKEN.length; length++) {
    const text = `was ${TOKEN.slice(0, length)}`;
    const isMasked = length >= MIN_SECRET_CHARS;
    assert.equal(redact(text, true), isMasked ? "was [secret]" : text, text);
    assert.equal(redact(text), length === TOKEN.length ? "was [secret]" : text, text);
  }
});

Deno.test("a beginning at a cut that overlaps a secret is masked with it", () => {
  const redact = createRedact(["abcdefgh", "efghijklmnop"]);
  assert.equal(redact("-abcdefghijklm", true), "-[secret]");
});

/** Texts of few characters, so that secrets repeat, overlap and contain each other. */
const dense = (limits: { minLength?: number; maxLength: number }) =>
  fc.string({ unit: fc.constantFrom("a", "b", "é", "\u{1F511}"), ...limits });
const secrets = fc.array(dense({ minLength: MIN_SECRET_CHARS, maxLength: 12 }), { maxLength: 6 });

/** A text with secrets and parts of them in it. */
const leaking = (list: readonly string[]) =>
  fc.array(
    fc.oneof(
      dense({ maxLength: 5 }),
      list.length === 0 ? fc.constant("") : fc.tuple(fc.constantFrom(...list), fc.nat(12))
        .map(([secret, length]) => secret.slice(0, length)),
      list.length === 0 ? fc.constant("") : fc.constantFrom(...list),
    ),
    { maxLength: 12 },
  ).map((parts) => parts.join(""));

const leaks = secrets.chain((list) => fc.tuple(fc.constant(list), leaking(list), fc.boolean()));

/** The same, as slowly as one would write it at first: each character in an occurrence is masked. */
function redactSlowly(list: readonly string[], text: string, isCut: boolean): string {
  const hidden = new Set<number>();
  const hide = (from: number, to: number) => {
    for (let i = from; i < to; i++) hidden.add(i);
  };
  for (const secret of list) {
    for (let from = 0; from < text.length; from++) {
      if (text.startsWith(secret, from)) hide(from, from + secret.length);
      const rest = text.slice(from);
      const isBeginning = rest.length >= MIN_SECRET_CHARS && secret.startsWith(rest);
      if (isCut && isBeginning) hide(from, text.length);
    }
  }
  return text.split("").map((unit, i) => {
    if (!hidden.has(i)) return unit;
    return hidden.has(i - 1) ? "" : "[secret]";
  }).join("");
}

Deno.test("it masks just what a slow search for each secret finds", () => {
  fc.assert(fc.property(leaks, ([list, text, isCut]) => {
    assert.equal(createRedact(list)(text, isCut), redactSlowly(list, text, isCut));
  }));
});

Deno.test("no secret of 8 characters or more is left in any text", () => {
  fc.assert(fc.property(leaks, ([list, text, isCut]) => {
    const shown = createRedact(list)(text, isCut);
    assert.ok(list.every((secret) => !shown.includes(secret)), shown);
  }));
});

Deno.test("no cut of a text shows 8 characters of the secret that it goes through", () => {
  fc.assert(fc.property(leaks, fc.nat(100), ([list, text], at) => {
    const cut = text.slice(0, at);
    const shown = createRedact(list)(cut, true);
    const left = list.filter((secret) => shown.endsWith(secret.slice(0, MIN_SECRET_CHARS)));
    assert.deepEqual(left, []);
  }));
});

Deno.test("its time grows with the text alone, even for a text made to be searched slowly", () => {
  const redact = createRedact([`${"a".repeat(60_000)}b`, `${"a".repeat(50_000)}c`]);
  const text = "a".repeat(1_000_000);
  const startedMs = performance.now();
  assert.equal(redact(text), text);
  // A search that compares again at each place takes 60,000 times as long: minutes.
  assert.ok(performance.now() - startedMs < 5_000);
});
