import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { readLock, takeLock } from "../../src/store/lock.ts";

function createFolder() {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-lock-" }));
  return {
    statePath: `${folder}/data/state.db`,
    lockPath: `${folder}/data/senechal-gw.lock`,
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

Deno.test("the lock is beside the database, in a folder and a file that only the owner may use", () => {
  using folder = createFolder();
  const taken = takeLock(folder.statePath);
  assert.ok(taken.kind === "taken");
  assert.equal(Deno.readTextFileSync(folder.lockPath), `${Deno.pid}\n`);
  assert.equal((Deno.statSync(folder.lockPath).mode ?? 0) & 0o777, 0o600);
  assert.equal((Deno.statSync(dirname(folder.lockPath)).mode ?? 0) & 0o777, 0o700);
  taken.lock[Symbol.dispose]();
});

Deno.test("a held lock is refused, with the pid of its holder", () => {
  using folder = createFolder();
  const first = takeLock(folder.statePath);
  assert.ok(first.kind === "taken");
  assert.deepEqual(takeLock(folder.statePath), {
    kind: "held",
    path: folder.lockPath,
    holderPid: String(Deno.pid),
  });
  first.lock[Symbol.dispose]();
});

Deno.test("a lock file that another process creates in this moment is taken or found held", () => {
  for (const isHeld of [false, true]) {
    using folder = createFolder();
    Deno.mkdirSync(dirname(folder.lockPath));
    const { lstatSync } = Deno;
    let other: Deno.FsFile | undefined;
    Deno.lstatSync = (path) => {
      if (path !== folder.lockPath) return lstatSync(path);
      Deno.lstatSync = lstatSync;
      try {
        return lstatSync(path);
      } finally {
        other = Deno.openSync(folder.lockPath, { write: true, createNew: true });
        if (isHeld) other.lockSync(true);
      }
    };
    const taken = takeLock(folder.statePath);
    other?.close();
    assert.equal(taken.kind, isHeld ? "held" : "taken");
    if (taken.kind === "taken") taken.lock[Symbol.dispose]();
  }
});

Deno.test("a lock that was released, or whose holder died, can be taken again", () => {
  using folder = createFolder();
  const first = takeLock(folder.statePath);
  assert.ok(first.kind === "taken");
  first.lock[Symbol.dispose]();
  Deno.writeTextFileSync(folder.lockPath, "99999999\n");
  const second = takeLock(folder.statePath);
  assert.ok(second.kind === "taken");
  assert.equal(Deno.readTextFileSync(folder.lockPath), `${Deno.pid}\n`);
  second.lock[Symbol.dispose]();
});

const strange: readonly [what: string, make: (lock: string) => void, error: string][] = [
  ["a folder", (lock) => Deno.mkdirSync(lock), "it is not a regular file"],
  ["a link", (lock) => Deno.symlinkSync("victim", lock), "it is not a regular file"],
  ["a loop of links", (lock) => Deno.symlinkSync(lock, lock), "it is not a regular file"],
  [
    "a hard link",
    (lock) => Deno.linkSync(join(dirname(lock), "victim"), lock),
    "it has a second name",
  ],
];
for (const [what, make, error] of strange) {
  Deno.test(`${what} in place of the lock file is neither used nor written to`, () => {
    using folder = createFolder();
    const victim = join(dirname(folder.statePath), "victim");
    Deno.mkdirSync(dirname(victim));
    Deno.writeTextFileSync(victim, "precious");
    make(folder.lockPath);
    assert.deepEqual(takeLock(folder.statePath), {
      kind: "unusable",
      path: folder.lockPath,
      error,
    });
    assert.equal(Deno.readTextFileSync(victim), "precious");
  });
}

Deno.test({
  name: "another user's lock file is not used",
  ignore: !isRoot(),
  fn() {
    using folder = createFolder();
    Deno.mkdirSync(dirname(folder.lockPath));
    Deno.writeTextFileSync(folder.lockPath, "precious");
    Deno.chownSync(folder.lockPath, 65_534, null);
    const refused = takeLock(folder.statePath);
    assert.ok(refused.kind === "unusable");
    assert.equal(refused.error, "it belongs to another user");
    assert.equal(Deno.readTextFileSync(folder.lockPath), "precious");
  },
});

function isRoot(): boolean {
  return Deno.uid() === 0;
}

Deno.test("the contents of a held lock file are shown only if they are a number", () => {
  using folder = createFolder();
  const first = takeLock(folder.statePath);
  assert.ok(first.kind === "taken");
  const shown: readonly [text: string, holder: string][] = [
    ["123\n", "123"],
    ["123 run\n", "123"],
    ["123\ndamaged\n", "123"],
    ["\x1b[2J evil\n", "unknown"],
    ["12345678901\n", "unknown"],
  ];
  for (const [text, holder] of shown) {
    Deno.writeTextFileSync(folder.lockPath, text);
    const held = takeLock(folder.statePath);
    assert.ok(held.kind === "held");
    assert.equal(held.holderPid, holder, JSON.stringify(text));
  }
  first.lock[Symbol.dispose]();
});

Deno.test("the lock is beside the file that links lead to, even if that does not exist yet", () => {
  using folder = createFolder();
  Deno.mkdirSync(dirname(folder.statePath));
  const link = `${dirname(dirname(folder.statePath))}/link.db`;
  Deno.symlinkSync("data/state.db", link);
  const taken = takeLock(link);
  assert.ok(taken.kind === "taken");
  assert.equal(taken.lock.path, folder.lockPath);
  assert.equal(takeLock(folder.statePath).kind, "held");
  taken.lock[Symbol.dispose]();
});

Deno.test("a deleted or replaced lock file is no longer in place", () => {
  using folder = createFolder();
  const taken = takeLock(folder.statePath);
  assert.ok(taken.kind === "taken");
  assert.equal(taken.lock.isInPlace(), true);
  Deno.removeSync(folder.lockPath);
  assert.equal(taken.lock.isInPlace(), false);
  Deno.writeTextFileSync(folder.lockPath, "");
  assert.equal(taken.lock.isInPlace(), false);
  taken.lock[Symbol.dispose]();
});

Deno.test("the mark of damage stays until it is removed, even after a kill", () => {
  using folder = createFolder();
  const first = takeLock(folder.statePath);
  assert.ok(first.kind === "taken");
  assert.equal(first.lock.isMarkedDamaged, false);
  first.lock.markDamaged(true);
  first.lock[Symbol.dispose]();
  const second = takeLock(folder.statePath);
  assert.ok(second.kind === "taken");
  assert.equal(second.lock.isMarkedDamaged, true);
  assert.equal(Deno.readTextFileSync(folder.lockPath), `${Deno.pid}\ndamaged\n`);
  second.lock.markDamaged(false);
  second.lock[Symbol.dispose]();
  assert.equal(Deno.readTextFileSync(folder.lockPath), "");
});

const contents: readonly [text: string, kind: string][] = [
  ...["precious\n", "1234 and more\n", "1\n".repeat(40), "\0SQLite"]
    .map((text): [string, string] => [text, "unusable"]),
  ...["", "1\n", "1\ndamaged\n", "damaged\n", "\0\0\0\0"]
    .map((text): [string, string] => [text, "taken"]),
];
for (const [text, kind] of contents) {
  Deno.test(`a lock file that holds ${JSON.stringify(text)} is ${kind}`, () => {
    using folder = createFolder();
    Deno.mkdirSync(dirname(folder.lockPath));
    Deno.writeTextFileSync(folder.lockPath, text);
    const result = takeLock(folder.statePath);
    assert.equal(result.kind, kind);
    if (result.kind === "taken") {
      assert.equal(result.lock.isMarkedDamaged, text.includes("damaged"));
      result.lock[Symbol.dispose]();
    } else assert.equal(Deno.readTextFileSync(folder.lockPath), text);
  });
}

Deno.test("who only reads the lock sees its holder and its marks, and neither takes nor changes it", () => {
  using folder = createFolder();
  assert.throws(() => readLock(folder.statePath), "there is no folder");
  Deno.mkdirSync(dirname(folder.lockPath));
  assert.equal(readLock(folder.statePath), undefined);
  const nobody = { path: folder.lockPath, obstacle: undefined, pid: undefined };
  for (
    const [text, facts] of [
      ["", {}],
      ["12\n", { pid: 12 }],
      ["12 run\n", { pid: 12, isCommand: true }],
      ["12\ndamaged\n", { pid: 12, isMarkedDamaged: true }],
      ["precious\n", { obstacle: "it holds other data" }],
    ] as const
  ) {
    Deno.writeTextFileSync(folder.lockPath, text);
    const expected = { ...nobody, isCommand: false, isMarkedDamaged: false, ...facts };
    assert.deepEqual(readLock(folder.statePath), expected);
    assert.equal(Deno.readTextFileSync(folder.lockPath), text);
  }
  Deno.removeSync(folder.lockPath);
  Deno.symlinkSync("/dev/zero", folder.lockPath);
  assert.equal(readLock(folder.statePath)?.obstacle, "it is not a regular file");
  Deno.removeSync(folder.lockPath);
  const taken = takeLock(folder.statePath);
  assert.ok(taken.kind === "taken");
  assert.equal(readLock(folder.statePath)?.pid, Deno.pid);
  taken.lock[Symbol.dispose]();
  assert.equal(readLock(folder.statePath)?.pid, undefined);
});
