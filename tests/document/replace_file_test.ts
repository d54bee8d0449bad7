import assert from "node:assert/strict";
import { replaceFile } from "../../src/document/replace_file.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function createFile(text: string) {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-replace-" }));
  const path = `${folder}/config.yaml`;
  Deno.writeTextFileSync(path, text);
  return {
    folder,
    path,
    read: () => Deno.readTextFileSync(path),
    names: () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort(),
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

Deno.test("a file is replaced by a new one with its mode, and nothing else is left in the folder", () => {
  using file = createFile("before");
  Deno.chmodSync(file.path, 0o640);
  const { ino } = Deno.statSync(file.path);
  replaceFile(file.path, bytes("before"), bytes("after"));
  const info = Deno.statSync(file.path);
  assert.deepEqual([file.read(), (info.mode ?? 0) & 0o7777], ["after", 0o640]);
  assert.notEqual(info.ino, ino, "a reader sees the old file or the new one");
  assert.deepEqual(file.names(), ["config.yaml"]);
});

Deno.test("a link stays, and the file to which it leads is replaced", () => {
  using file = createFile("before");
  Deno.symlinkSync("config.yaml", `${file.folder}/link.yaml`);
  replaceFile(`${file.folder}/link.yaml`, bytes("before"), bytes("after"));
  assert.equal(Deno.readLinkSync(`${file.folder}/link.yaml`), "config.yaml");
  assert.deepEqual([file.read(), file.names()], ["after", ["config.yaml", "link.yaml"]]);
});

Deno.test("a file that somebody has changed meanwhile stays as it is", () => {
  using file = createFile("changed");
  const replace = () => replaceFile(file.path, bytes("before"), bytes("after"));
  assert.throws(replace, /it was changed meanwhile/);
  assert.deepEqual([file.read(), file.names()], ["changed", ["config.yaml"]]);
});

Deno.test({
  name: "the file of another owner stays theirs",
  ignore: Deno.uid() !== 0,
  fn() {
    using file = createFile("before");
    Deno.chownSync(file.path, 1234, 5678);
    replaceFile(file.path, bytes("before"), bytes("after"));
    const { uid, gid } = Deno.statSync(file.path);
    assert.deepEqual([file.read(), uid, gid], ["after", 1234, 5678]);
  },
});
