import assert from "node:assert/strict";

const MAIN = new URL("../bench/main.ts", import.meta.url).pathname;

/** Figures that are ratios within one run, so that a busy machine slows both sides alike. */
const WATCHED = ["overhead", "back-to-back", "queue", "tick"];

Deno.test("no watched ratio is far from the one in docs/performance.md", async () => {
  const only = WATCHED.flatMap((name) => ["--only", name]);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", MAIN, "--short", "--check", ...only],
    stdin: "null",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const table = new TextDecoder().decode(stdout);
  for (
    const figure of ["overhead.echo", "back-to-back.echo", "queue.rate", "tick.none-due.10000"]
  ) {
    assert.ok(table.includes(`\`${figure}\``), `no figure ${figure} in\n${table}`);
  }
});
