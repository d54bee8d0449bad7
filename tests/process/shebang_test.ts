import assert from "node:assert/strict";
import { readShebang, readShebangLine } from "../../src/process/shebang.ts";

Deno.test("a FIFO is not opened", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-shebang-" });
  const path = `${folder}/fifo`;
  assert.ok((await new Deno.Command("mkfifo", { args: [path] }).output()).success);
  assert.equal(await readShebangLine(path), undefined);
  assert.equal(readShebang(path).kind, "program");
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("a first line is read unchanged, whatever follows it, even without a line end", async () => {
  const path = Deno.makeTempFileSync({ prefix: "senechal-shebang-" });
  const lines = {
    "#!/bin/sh -e \\t\r\n\0\n": "#!/bin/sh -e \\t\r",
    "#!/bin/sh": "#!/bin/sh",
    "\ufeff#!/bin/sh\n": "#!/bin/sh",
    "echo\n": undefined,
    "": undefined,
  };
  for (const [text, line] of Object.entries(lines)) {
    Deno.writeTextFileSync(path, text);
    assert.equal(await readShebangLine(path), line);
  }
  Deno.removeSync(path);
  assert.equal(await readShebangLine(path), undefined);
});
