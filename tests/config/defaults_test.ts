import fc from "fast-check";
import assert from "node:assert/strict";
import { isJsonObject, type JsonObject } from "../../src/base/json.ts";
import { loadConfig } from "../../src/config/config.ts";
import { inherit, withDefaults } from "../../src/config/defaults.ts";

/** Few keys, so that entry and defaults often have the same. */
const key = fc.constantFrom("retry", "env", "pool", "config", "constructor", "__proto__");
const plain = { noNullPrototype: true };
const part = fc.dictionary(key, fc.oneof(fc.nat(9), fc.constant(null)), plain);
const value = fc.oneof(part, fc.nat(9), fc.constant(false), fc.array(fc.nat(9)));
const said: fc.Arbitrary<JsonObject> = fc.dictionary(key, value, plain);

/** The value of a key of the object's own. */
function own(object: unknown, key: string): unknown {
  return isJsonObject(object) && Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The keys of two maps, each once, in any order. */
function union(a: JsonObject, b: JsonObject): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
}

Deno.test("an entry has the keys of the defaults and its own, and no others", () => {
  fc.assert(fc.property(said, said, (defaults, entry) => {
    assert.deepEqual(Object.keys(inherit(defaults, entry)).sort(), union(defaults, entry));
  }));
});

Deno.test("a key that only one of them has keeps its value", () => {
  fc.assert(fc.property(said, said, (defaults, entry) => {
    const merged = inherit(defaults, entry);
    for (const key of Object.keys(merged)) {
      if (!Object.hasOwn(entry, key)) assert.deepEqual(own(merged, key), own(defaults, key));
      if (!Object.hasOwn(defaults, key)) assert.deepEqual(own(merged, key), own(entry, key));
    }
  }));
});

Deno.test("of a key that both have, two maps become one, and any other value is the entry's", () => {
  fc.assert(fc.property(value, value, (standard, mine) => {
    const merged = own(inherit({ retry: standard }, { retry: mine }), "retry");
    if (!isJsonObject(standard) || !isJsonObject(mine)) return assert.deepEqual(merged, mine);
    assert.ok(isJsonObject(merged));
    assert.deepEqual(Object.keys(merged).sort(), union(standard, mine));
    for (const key of Object.keys(merged)) {
      assert.equal(own(merged, key), own(Object.hasOwn(mine, key) ? mine : standard, key));
    }
  }));
});

Deno.test("to inherit twice changes nothing more, and nothing that was given", () => {
  fc.assert(fc.property(said, said, (defaults, entry) => {
    const before = JSON.stringify([defaults, entry]);
    const merged = inherit(defaults, entry);
    assert.deepEqual(inherit(defaults, merged), merged);
    assert.equal(JSON.stringify([defaults, entry]), before);
  }));
});

Deno.test("a config without defaults stays as it is", () => {
  const bare = { plugins: { a: { retry: {} } } };
  for (const config of [bare, { ...bare, defaults: 1 }, { defaults: {} }, null, [], "x"]) {
    assert.equal(withDefaults(config), config);
  }
});

const duration = fc.constantFrom("100ms", "1s", "5m", "1d");
const optional = <T extends JsonObject>(keys: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(keys, { requiredKeys: [] });
const inherited = {
  timeouts: optional({ poll: duration }),
  max_attempts: fc.integer({ min: 1, max: 1000 }),
  retry: fc.oneof(
    fc.constant(false),
    optional({ backoff_base: duration, backoff_max: duration }),
  ),
  circuit_breaker: fc.oneof(
    fc.constant(false),
    optional({ threshold: fc.integer({ min: 1, max: 9 }), reset_after: fc.constant("1h") }),
  ),
  pool: fc.constantFrom("nas", "api", false),
  env: fc.subarray(["PATH", "TZ"]),
};

Deno.test("defaults mean the same as to write in each entry what it inherits", () => {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-defaults-" });
  const load = (config: unknown) => {
    Deno.writeTextFileSync(`${folder}/config.yaml`, JSON.stringify(config));
    const loaded = loadConfig(`${folder}/config.yaml`, () => undefined);
    assert.ok(loaded.ok, JSON.stringify(loaded));
    return [loaded.config.plugins, loaded.config.lanes];
  };
  const some = fc.record(inherited, { requiredKeys: [] });
  try {
    fc.assert(fc.property(some, fc.array(some, { maxLength: 3 }), (defaults, entries) => {
      const of = (inheritOf: (entry: JsonObject) => JsonObject) =>
        Object.fromEntries(
          entries.map((entry, n) => [`p${n}`, { ...inheritOf(entry), schedule: { every: "1h" } }]),
        );
      const pools = { nas: 1, api: 2 };
      assert.deepEqual(
        load({ pools, defaults, plugins: of((entry) => entry) }),
        load({ pools, plugins: of((entry) => inherit(defaults, entry)) }),
      );
    }));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
