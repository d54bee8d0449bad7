import assert from "node:assert/strict";
import {
  isNumber,
  isText,
  listOf,
  mapOf,
  optional,
  readShape,
  type Shape,
  shaped,
} from "../../src/reader/shape.ts";

interface Thing {
  readonly name: string;
  readonly sizes: readonly number[];
  readonly limits: Readonly<Record<string, number>>;
  readonly inner?: { readonly n: number } | undefined;
}

const THING: Shape<Thing> = {
  name: isText,
  sizes: listOf(isNumber),
  limits: mapOf(isNumber),
  inner: optional(shaped({ n: isNumber })),
};

Deno.test("an object of a shape is read, with what else it has", () => {
  const thing = { name: "a", sizes: [1], limits: { poll: 1 }, inner: { n: 1 }, later: true };
  assert.deepEqual(readShape(JSON.stringify(thing), THING), thing);
});

const good = { name: "a", sizes: [], limits: {} };
const broken: readonly string[] = [
  ...["", "{", "null", "[]", "5"],
  JSON.stringify({ ...good, name: 5 }),
  JSON.stringify({ ...good, sizes: ["1"] }),
  '{ "name": "a", "sizes": [1e999], "limits": {} }',
  '{ "name": "a", "sizes": [1e300], "limits": {} }',
  JSON.stringify({ ...good, sizes: {} }),
  JSON.stringify({ ...good, limits: { poll: "1" } }),
  JSON.stringify({ ...good, limits: [] }),
  JSON.stringify({ ...good, inner: { n: "1" } }),
  JSON.stringify({ sizes: [], limits: {} }),
];
for (const text of broken) {
  Deno.test(`what a person has broken is not read: ${text}`, () => {
    assert.equal(readShape(text, THING), undefined);
  });
}
