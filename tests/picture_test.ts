import assert from "node:assert/strict";
import { COLUMNS, drawLog } from "../scripts/draw_log.ts";
import { codeOf, readPage } from "./support/markdown.ts";
import { missing, run, skipWhere } from "./support/tools.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const read = (path: string) => Deno.readTextFileSync(`${ROOT}${path}`);
const OPERATIONS = readPage("docs/operations.md", read("docs/operations.md"));
const MESSAGES = OPERATIONS.tables.filter(({ header }) => header[0] === "message")
  .flatMap(({ heading, rows }) => rows.map(([message = ""]) => `${heading}: ${codeOf(message)}`));

/** What is wrong with a text as XML, for the part of XML that `deno task picture` uses. */
function faultsOf(svg: string): string[] {
  const faults: string[] = [];
  const open: string[] = [];
  const between = svg.replaceAll(
    /<(\/?)([a-z]+)((?: [\w:-]+="[^"<&]*")*)(\/?)>/gi,
    (_, closes, name, _attributes, isEmpty) => {
      if (closes === "/" && open.pop() !== name) faults.push(`</${name}> closes nothing`);
      if (closes === "" && isEmpty === "") open.push(name);
      return "";
    },
  );
  if (open.length > 0) faults.push(`never closed: ${open}`);
  const stray = /[<>]|&(?!amp;|lt;|gt;)/.exec(between);
  return stray === null ? faults : [...faults, `a stray ${stray[0]}`];
}

/** The text that a picture shows, line by line. */
function linesOf(svg: string): string[] {
  return [...svg.matchAll(/<text .*?>(.*)<\/text>/g)].map(([, text = ""]) =>
    text.replaceAll(/<[^>]*>/g, "")
      .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&")
  );
}

/** Fails if a picture does not match what the program logs. */
function assertIsLog(svg: string): void {
  assert.deepEqual(faultsOf(svg), []);
  assert.doesNotMatch(svg, /href|url\(|<(script|style|image|foreignObject)/);
  const [start, ...lines] = linesOf(svg);
  assert.equal(start, "$ deno task start");
  const logged = lines.filter((line) => !line.startsWith("$ "));
  const found = logged.map((line) => {
    assert.ok(line.length <= COLUMNS, line);
    // date, time, level, component, and plugin/job if there is one
    const [, level = "", message = ""] =
      /^[\d-]+ [\d:.]+ ([A-Z]+) +\w+ +(?:[\w-]+\/\w+ )?([A-Z].*?)(?: \w+=|$)/.exec(line) ?? [];
    const said = `${level.toLowerCase()}: ${message}`;
    assert.ok(MESSAGES.includes(said), line);
    return said;
  });
  for (const said of ["info: Job succeeded", "error: Job failed", "warn: Orphaned job recovered"]) {
    assert.ok(found.includes(said), said);
  }
}

Deno.test("docs/log.svg shows the program's messages, and the README shows docs/log.svg", () => {
  assertIsLog(read("docs/log.svg"));
  assert.ok(/!\[[^\]]+\]\(docs\/log\.svg\)/.test(read("README.md")));
});

Deno.test({
  name: "deno task picture draws the log of a gateway that was killed and started again",
  ignore: skipWhere(missing("curl"), "the picture of the log"),
  async fn() {
    const folder = Deno.makeTempDirSync({ prefix: "senechal-picture-" });
    try {
      const output = `${folder}/log.svg`;
      const args = ["task", "picture", "--output", output];
      const { code, stderr } = await run(Deno.execPath(), args, { cwd: ROOT });
      assert.equal(code, 0, stderr);
      assertIsLog(Deno.readTextFileSync(output));
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});

Deno.test("a picture shows any text unchanged, and refuses a line that does not fit", () => {
  const text = 'INFO \x1b[1ma & b\x1b[0m <c> "d"';
  const svg = drawLog([{ kind: "typed", text: "ls" }, { kind: "written", text }], "<&>");
  assert.deepEqual(faultsOf(svg), []);
  assert.deepEqual(linesOf(svg), ["$ ls", 'INFO a & b <c> "d"']);
  const long = "x".repeat(COLUMNS + 1);
  assert.throws(() => drawLog([{ kind: "written", text: long }], ""), /113 characters do not fit/);
});

Deno.test("a text that is not XML is found", () => {
  for (const svg of ["<a>", "<a></b>", "</a>", "<a b=c></a>", "<a>&x;</a>", '<a b="<"/>']) {
    assert.notDeepEqual(faultsOf(svg), [], svg);
  }
});
