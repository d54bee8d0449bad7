import assert from "node:assert/strict";
import { recordFault } from "../support/campaign.ts";
import { createSite } from "../support/site.ts";
import { missing, skipWhere } from "../support/tools.ts";

/** A failing program in some language, and the error that its job must have. */
const FAILING: readonly (readonly [tool: string, script: string, error: RegExp])[] = [
  ["bash", "#!/usr/bin/env bash\nset -e\nnothing_here\n", /: nothing_here: command not found$/],
  [
    "python3",
    '#!/usr/bin/env python3\ndef f(d):\n    return d["token"]\nf({})\n',
    /^exit code 1: KeyError: 'token'$/,
  ],
  [
    "node",
    '#!/usr/bin/env node\nrequire("fs").readFileSync("/nothing")\n',
    /^exit code 1: Error: ENOENT: no such file or directory, open '\/nothing'$/,
  ],
  [
    "deno",
    '#!/usr/bin/env -S deno run --quiet\nthrow new Error("no token");\n',
    /^exit code 1: error: Uncaught \(in promise\) Error: no token$/,
  ],
  [
    "ruby",
    '#!/usr/bin/env ruby\ndef f\n  raise "no token"\nend\nf\n',
    /^exit code 1: .*run\.sh:3:in .*no token \(RuntimeError\)$/,
  ],
  [
    "perl",
    '#!/usr/bin/env perl\ndie "no token"\n',
    /^exit code \d+: no token at .*run\.sh line 2\.$/,
  ],
  [
    "java",
    "#!/usr/bin/env -S java --source 11\nclass Run { public static void main(String[] args) {" +
    ' throw new IllegalStateException("no token"); } }\n',
    /^exit code 1: Exception in thread "main" java\.lang\.IllegalStateException: no token$/,
  ],
];

Deno.test("the error of a failing program has the line in which its language says why", async (t) => {
  const present = FAILING.filter(([tool]) =>
    !skipWhere(missing(tool), `the error of a program in ${tool}`)
  );
  for (const [tool, script, error] of present) {
    await t.step(tool, async () => {
      await using site = createSite({ it: { script } });
      const gateway = site.start();
      const failed = await gateway.logged("Job failed", { reason: "exit" });
      assert.match(String(failed.error), error, gateway.evidence());
      assert.equal(await gateway.stop(), 0);
    });
  }
  recordFault({
    fault: "programs that fail, each in another language",
    times: present.length,
    outcome: "the error is the line that says why",
    isNew: true,
  });
});

Deno.test("a plugin's own error takes precedence over its stderr", async () => {
  const script = "#!/bin/bash\necho noise >&2\n" +
    `echo '{"status":"error","error":"the token has expired"}'\nexit 3\n`;
  await using site = createSite({ it: { script } });
  const gateway = site.start();
  const failed = await gateway.logged("Job failed", { reason: "exit" });
  assert.equal(failed.error, "exit code 3: the token has expired");
  assert.equal(await gateway.stop(), 0);
  recordFault({
    fault: "exit code 3 with an answer that has an error",
    times: 1,
    outcome: "the plugin's own error is kept",
    isNew: true,
  });
});
