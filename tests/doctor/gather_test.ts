import fc from "fast-check";
import assert from "node:assert/strict";
import { parseDisk } from "../../src/doctor/disk.ts";
import { findPlainSecrets, findWritable } from "../../src/doctor/files.ts";
import { list, word, words } from "../../src/doctor/shell.ts";
import { parseInspector } from "../../src/doctor/inspector.ts";
import { parseSpan, parseUnit } from "../../src/doctor/unit.ts";
import { run } from "../support/tools.ts";

Deno.test("time spans of systemd are read in every unit, and nothing else is", () => {
  for (
    const [text, ms] of [
      ["45s", 45_000],
      ["1min 30s", 90_000],
      ["500ms", 500],
      ["1w 2d 3h", 788_400_000],
      ["0", 0],
      ["infinity", Infinity],
      ["", undefined],
      ["45", undefined],
      ["1 parsec", undefined],
    ] as const
  ) assert.equal(parseSpan(text), ms, text);
});

Deno.test("only a loaded unit that runs this config is ours", () => {
  const show = (changes: Readonly<Record<string, string>> = {}) => {
    const properties = {
      LoadState: "loaded",
      MainPID: "12",
      TimeoutStopUSec: "45s",
      ExecStart: "{ path=/usr/bin/deno ; argv[]=/usr/bin/deno run x start --config /etc/c.yaml ; }",
      ...changes,
    };
    return Object.entries(properties).map(([name, value]) => `${name}=${value}\n`).join("");
  };
  const ours = { name: "senechal-gw.service", stopTimeoutMs: 45_000 };
  assert.deepEqual(parseUnit(show(), "/etc/c.yaml", undefined), ours);
  assert.deepEqual(parseUnit(show(), "/home/me/c.yaml", 12), ours, "by its pid");
  const whyNot = (text: string) => {
    const found = parseUnit(text, "/home/me/c.yaml", 99);
    return "unknown" in found ? found.unknown : "";
  };
  assert.equal(whyNot(show()), "senechal-gw.service runs another config");
  assert.equal(whyNot(show({ LoadState: "not-found" })), "there is no unit senechal-gw.service");
  assert.equal(whyNot(""), "systemd does not run here");
  assert.equal(
    whyNot(show({ MainPID: "99", TimeoutStopUSec: "" })),
    "senechal-gw.service has no TimeoutStopSec that can be read",
  );
});

Deno.test("df is read with a type and without, with spaces in names, and nothing else", () => {
  const head = "Filesystem Type 1024-blocks Used Available Capacity Mounted on\n";
  assert.deepEqual(parseDisk(`${head}/dev/vda ext4 264212084 15445700 80055564 17% /\n`, true), {
    type: "ext4",
    freeBytes: 80055564 * 1024,
    mountedOn: "/",
  });
  assert.deepEqual(parseDisk(`${head}nas:/my files nfs4 9 8 1 90% /mnt/my files\n`, true), {
    type: "nfs4",
    freeBytes: 1024,
    mountedOn: "/mnt/my files",
  });
  assert.deepEqual(parseDisk(`head\n/dev/disk3s5 9 8 -1 101% /System\n`, false), {
    type: undefined,
    freeBytes: -1024,
    mountedOn: "/System",
  });
  for (const text of ["", head, `${head}df: broken\n`]) {
    assert.equal(parseDisk(text, true), undefined, text);
  }
});

Deno.test("a secret that the config itself holds is found by its key or as a part of a URL", () => {
  const text = `
plugins:
  mail:
    config: { password: hunter2, user: me, url: "https://me:pw@example.org" }
  feed:
    config: { auth: { api_key: abc, bearer-token: "\${TOKEN}" }, keys: [a], url: https://a.org }
  plain: { config: { token: "", passwords: 3, secret: "\${file:x}" } }
  none: {}
`;
  assert.deepEqual(findPlainSecrets("config.yaml", text), [
    "plugins.mail.config.password",
    "plugins.mail.config.url",
    "plugins.feed.config.auth.api_key",
  ]);
  assert.deepEqual(findPlainSecrets("config.yaml", "plugins: ["), []);
});

Deno.test("what everyone can write to is found in a folder, itself included", () => {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-doctor-" });
  for (const name of ["a", "b"]) Deno.writeTextFileSync(`${folder}/${name}`, "");
  assert.deepEqual(findWritable(folder), []);
  Deno.chmodSync(`${folder}/b`, 0o602);
  assert.deepEqual(findWritable(folder), [`${folder}/b`]);
  Deno.chmodSync(folder, 0o703);
  assert.deepEqual(findWritable(folder), [folder, `${folder}/b`]);
  Deno.removeSync(folder, { recursive: true });
  assert.deepEqual(findWritable(folder), []);
});

Deno.test("a shell reads each word as it was, whatever is in it", async () => {
  const texts = fc.sample(fc.string({ unit: "grapheme" }), 500)
    .concat(["", "a b", "it's", '"', "$HOME", "`x`", "\\", "!", "a\nb", "*", "~", "#"])
    .filter((text) => !text.includes("\0"));
  const { stdout } = await run("bash", ["-c", `printf '%s\\0' ${words(texts)}`]);
  assert.deepEqual(stdout.split("\0").slice(0, -1), texts);
  assert.deepEqual([word("/a/b.c"), word("a b"), word('a"b')], ["/a/b.c", '"a b"', `'a"b'`]);
});

Deno.test("a long list is cut, with how many more there are", () => {
  assert.equal(list(["a", "b", "c"], 2), "a, b and 1 more");
  assert.equal(list(["a", "b"], 2), "a, b");
});

/** What a process shows that catches SIGUSR1 (bit 9) and has two sockets. */
function processText(blocked: string, state = "0A", inode = "77"): string {
  const status = `Name:\tdeno\nSigBlk:\t${blocked}\nSigCgt:\t0000000100004643\n`;
  const files = "lrwx 1 me me 64 3 -> socket:[76]\nlrwx 1 me me 64 4 -> socket:[77]\n";
  const sockets =
    `  sl  local_address rem_address   st\n   1: 0100007F:240D 00000000:0000 ${state} ` +
    `00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 00000000e494b38a\n`;
  return [status, files, sockets].join("\0");
}

Deno.test("the inspector is open if the process itself listens, and closed to a blocked signal", () => {
  const none = "0000000000000000";
  assert.deepEqual(parseInspector(processText(none)), { openPort: 9229, opensOnSignal: true });
  assert.equal(parseInspector(processText(none, "01"))?.openPort, undefined, "a connection");
  assert.equal(parseInspector(processText(none, "0A", "78"))?.openPort, undefined, "of another");
  assert.equal(parseInspector(processText("0000000000000200"))?.opensOnSignal, false);
  for (const text of ["", "\0\0", processText(none).replace("SigCgt", "SigX")]) {
    assert.equal(parseInspector(text), undefined);
  }
});

Deno.test("nothing that a tool may say makes its reader throw", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fc.constantFrom("a\n", "LoadState=loaded\n", " 1 2 3", "\0", "SigCgt:\t0\n", "=", "/"))
      .map((parts) => parts.join("")),
  );
  fc.assert(fc.property(text, fc.boolean(), (text, hasType) => {
    parseDisk(text, hasType);
    parseUnit(text, "/c.yaml", 1);
    parseInspector(text);
    parseSpan(text);
    findPlainSecrets("config.yaml", text);
  }));
});
