import fc from "fast-check";
import assert from "node:assert/strict";
import { cut, renderTable, widthOf } from "../../src/operator/table.ts";

const PLAIN = { columns: 40, useColors: false };

Deno.test("columns are as wide as their widest cell, numbers on the right, nothing trails", () => {
  const text = renderTable([{ title: "NAME" }, { title: "N", align: "right" }], [
    ["a", "1"],
    ["long name", "1000"],
    ["b", ""],
  ], PLAIN);
  assert.equal(text, "NAME          N\na             1\nlong name  1000\nb");
});

Deno.test("a table too wide is cut where that is allowed, the last column first, never in an id", () => {
  const columns = [{ title: "ID" }, { title: "NAME", atLeast: 6 }, { title: "NOTE", atLeast: 5 }];
  const id = "0123456789abcdef";
  const row = [id, "a-rather-long-name", "a rather long note"];
  const lines = renderTable(columns, [row], PLAIN).split("\n");
  assert.equal(lines[1], `${id}  a-rather-long-…  a ra…`);
  const narrow = renderTable(columns, [row], { ...PLAIN, columns: 20 }).split("\n");
  assert.equal(narrow[1], `${id}  a-rat…  a ra…`);
});

Deno.test("wide characters count twice, and no control character reaches the terminal", () => {
  assert.equal(widthOf("日本"), 4);
  assert.equal(cut("日本語", 5), "日本…");
  const text = renderTable(
    [{ title: "A" }, { title: "B" }],
    [["日本", "x"], ["\x1b[2Jab\n", "y"]],
    PLAIN,
  );
  assert.equal(text, "A                  B\n日本               x\n\\u001b[2Jab\\u000a  y");
});

Deno.test("colours change nothing but the colour", () => {
  const rows = [[{ text: "bad", style: "red" as const }, "x"]];
  const columns = [{ title: "STATUS" }, { title: "B" }];
  const colourful = renderTable(columns, rows, { columns: 80, useColors: true });
  assert.ok(colourful.includes("\x1b[31mbad\x1b[0m"));
  const sneaky = renderTable(columns, [[{ text: "\x1b[2J", style: "red" }]], PLAIN);
  assert.ok(sneaky.includes("\\u001b[2J"));
  // deno-lint-ignore no-control-regex
  assert.equal(colourful.replace(/\x1b\[\d+m/g, ""), renderTable(columns, rows, PLAIN));
});

Deno.test("no line of a table is wider than the screen, if every column may be cut", () => {
  const cell = fc.string({ unit: "grapheme", maxLength: 60 });
  fc.assert(fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 5 }), (rows) => {
    const columns = [{ title: "A", atLeast: 8 }, { title: "B", atLeast: 8 }];
    for (const line of renderTable(columns, rows, PLAIN).split("\n")) {
      assert.ok(widthOf(line) <= 40, line);
    }
  }));
});
