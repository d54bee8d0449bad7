import assert from "node:assert/strict";
import { identityOf, isFile, lstatIfThere, statIfThere } from "../../src/base/file.ts";

Deno.test("a missing file is undefined, and one that cannot be checked is an error", () => {
  const folder = Deno.makeTempDirSync();
  Deno.writeTextFileSync(`${folder}/file`, "");
  Deno.symlinkSync("nowhere", `${folder}/link`);
  assert.equal(statIfThere(`${folder}/link`), undefined);
  assert.equal(lstatIfThere(`${folder}/link`)?.isSymlink, true);
  assert.equal(lstatIfThere(`${folder}/none`), undefined);
  assert.throws(() => statIfThere(`${folder}/file/below`), Deno.errors.NotADirectory);
  assert.deepEqual(["file", "file/below", ""].map((name) => isFile(`${folder}/${name}`)), [
    true,
    false,
    false,
  ]);
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("a file is the same under each of its names, and differs from every other", () => {
  const folder = Deno.makeTempDirSync();
  for (const name of ["one", "other"]) Deno.writeTextFileSync(`${folder}/${name}`, "");
  Deno.linkSync(`${folder}/one`, `${folder}/same`);
  const [one, same, other] = ["one", "same", "other"].map((name) =>
    identityOf(Deno.statSync(`${folder}/${name}`))
  );
  assert.equal(one, same);
  assert.notEqual(one, other);
  Deno.removeSync(folder, { recursive: true });
});
