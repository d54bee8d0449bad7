import assert from "node:assert/strict";
import settings from "../../deno.json" with { type: "json" };
import { recordFault } from "../support/campaign.ts";
import { exists, run, skipWhere } from "../support/tools.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const MAIN = `${ROOT}src/main.ts`;

Deno.test("an older Deno is refused in one line, before the rest of the program is loaded", async () => {
  const code = `Object.defineProperty(Deno, "version", { value: { deno: "2.5.0" } });
    await import("file://${MAIN}");`;
  const ran = await run(Deno.execPath(), ["eval", "--quiet", code], { env: { NO_COLOR: "1" } });
  assert.equal(ran.code, 1);
  assert.match(
    ran.stderr,
    /^Cannot start: this is Deno 2\.5\.0, but senechal-gw needs Deno 2\.9 or newer.*\n$/,
  );
});

/** `.ci/run` puts older versions here; each is a file `deno` in a folder named after its version. */
const OLD_DENOS = `${Deno.env.get("HOME")}/.cache/senechal-gw-tests`;

for (const version of ["2.0.6", "2.8.3"]) {
  const deno = `${OLD_DENOS}/${version}/deno`;
  Deno.test({
    name: `Deno ${version} says in one line that it is too old, for a checkout and for the bundle`,
    ignore: skipWhere(exists(deno) ? undefined : `there is no ${deno}`, `Deno ${version}`),
    async fn() {
      const folder = Deno.makeTempDirSync({ prefix: "senechal-old-deno-" });
      const bundle = `${folder}/senechal-gw.js`;
      const task = settings.tasks.bundle.replace("--allow-write=dist", `--allow-write=${folder}`)
        .replace("dist/senechal-gw.js", bundle);
      const built = await run(Deno.execPath(), task.split(" ").slice(1), { cwd: ROOT });
      assert.equal(built.code, 0, built.stderr);
      for (const program of [MAIN, bundle]) {
        const args = ["run", "--no-prompt", "--quiet", program, "start"];
        const ran = await run(deno, args, { cwd: folder, env: { NO_COLOR: "1" } });
        assert.equal(ran.code, 1, ran.stderr);
        const said =
          `Cannot start: this is Deno ${version}, but senechal-gw needs Deno 2.9 or newer; `;
        assert.ok(ran.stderr.startsWith(said), ran.stderr);
        assert.equal(ran.stderr.split("\n").length, 2, ran.stderr);
      }
      Deno.removeSync(folder, { recursive: true });
      const fault = `Deno ${version}, from source and bundle`;
      recordFault({ fault, times: 2, outcome: "exit 1, one line", isNew: true });
    },
  });
}

Deno.test("deno.lock has version 4, which Deno 2.0 to 2.2 can read", () => {
  const { version } = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.lock`));
  assert.equal(version, "4", 'set it to "4" by hand: this Deno reads it as well and keeps it');
});
