import assert from "node:assert/strict";
import { describeEntries } from "../../src/gateway/record_entries.ts";
import { configOf, pluginSpec, setupOf } from "../support/setup.ts";

Deno.test("each entry of the config is enabled, disabled, or refused with every reason", () => {
  const it = pluginSpec({ name: "it" });
  const refusals = [
    { code: "writable", error: "its folder is writable by everyone" },
    { code: "config keys", error: "keys are missing" },
  ] as const;
  const setup = {
    ...setupOf(it),
    config: configOf([it], { disabled: ["off"] }),
    refused: [{ plugin: "bad", refusals }],
  };
  assert.deepEqual(describeEntries(setup), [
    {
      name: "it",
      status: "enabled",
      folder: "/plugins/it",
      schedule: '{"everyMs":300000,"jitterMs":0}',
      settings: JSON.stringify({
        entrypoint: "/plugins/it/run.sh",
        timeoutsMs: { poll: 60_000 },
        maxAttempts: 4,
        env: [],
        commands: ["poll"],
        secretState: [],
      }),
    },
    { name: "off", status: "disabled" },
    {
      name: "bad",
      status: "refused",
      refusal: "writable",
      error: "its folder is writable by everyone; keys are missing",
    },
  ]);
});
