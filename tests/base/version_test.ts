import assert from "node:assert/strict";
import settings from "../../deno.json" with { type: "json" };
import { describeOldDeno, VERSION } from "../../src/base/version.ts";

Deno.test("a Deno before 2.9 is named, with what to do; any later one is accepted", () => {
  for (const version of ["1.46.3", "2.0.0", "2.8.3"]) {
    const text = describeOldDeno(version) ?? "";
    assert.ok(
      text.includes(`Deno ${version}, but senechal-gw needs Deno 2.9 or newer; install`),
      text,
    );
  }
  for (const version of ["2.9.0", "2.9.6", "2.10.0", "3.0.0", "2.9.0+abcdef0", Deno.version.deno]) {
    assert.equal(describeOldDeno(version), undefined, version);
  }
});

Deno.test("the version is the one in deno.json", () => {
  assert.equal(VERSION, settings.version);
});
