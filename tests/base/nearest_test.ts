import assert from "node:assert/strict";
import { nearest } from "../../src/base/nearest.ts";

Deno.test("a mistyped word finds the nearest known one", () => {
  assert.equal(nearest("tick_intervall", ["service", "tick_interval"]), "tick_interval");
  assert.equal(nearest("Jitter", ["every", "jitter"]), "jitter");
});

Deno.test("a word that is far from all known ones finds none", () => {
  assert.equal(nearest("webhooks", ["service", "state", "plugins"]), undefined);
  assert.equal(nearest("x", []), undefined);
});
