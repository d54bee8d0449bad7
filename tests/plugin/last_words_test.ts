import assert from "node:assert/strict";
import { lastWords } from "../../src/plugin/last_words.ts";

/** What a failing program of a language writes to stderr, and the line that says why. */
const SAMPLES: readonly (readonly [what: string, said: string, stderr: string])[] = [
  [
    "bash, a missing command",
    "run.sh: line 3: nothing_here: command not found",
    "run.sh: line 3: nothing_here: command not found\n",
  ],
  [
    "bash, an unset variable",
    "run.sh: line 3: NOT: unbound variable",
    "run.sh: line 3: NOT: unbound variable\n",
  ],
  [
    "Python, an exception",
    "KeyError: 'token'",
    `Traceback (most recent call last):
  File "/p/run.py", line 3, in <module>
    f({})
  File "/p/run.py", line 2, in f
    return d["token"] + 1
           ~^^^^^^^^^
KeyError: 'token'
`,
  ],
  [
    "Python, broken syntax",
    "SyntaxError: invalid syntax",
    `  File "/p/run.py", line 1
    def f(:
          ^
SyntaxError: invalid syntax
`,
  ],
  [
    "Python, a group of exceptions",
    "TypeError: bad type",
    `  + Exception Group Traceback (most recent call last):
  |   File "/p/run.py", line 1, in <module>
  |     raise ExceptionGroup("two failed", [ValueError("bad value"), TypeError("bad type")])
  | ExceptionGroup: two failed (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | ValueError: bad value
    +---------------- 2 ----------------
    | TypeError: bad type
    +------------------------------------
`,
  ],
  [
    "Python, a coroutine that nobody awaited after the exception",
    "OSError: no route",
    `Traceback (most recent call last):
  File "/p/run.py", line 5, in g
    raise OSError("no route")
OSError: no route
RuntimeWarning: Enable tracemalloc to get the object allocation traceback
`,
  ],
  [
    "Node, a missing module",
    "Error: Cannot find module './nothing'",
    `node:internal/modules/cjs/loader:1210
  throw err;
  ^

Error: Cannot find module './nothing'
Require stack:
- /p/run.cjs
    at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15)
    at node:internal/main/run_main_module:28:49 {
  code: 'MODULE_NOT_FOUND',
  requireStack: [ '/p/run.cjs' ]
}

Node.js v20.20.2
`,
  ],
  [
    "Node, an error with a cause",
    "Error: outer",
    `/p/run.cjs:1
throw new Error("outer", {cause: new Error("inner")})
^

Error: outer
    at Object.<anonymous> (/p/run.cjs:1:7)
    ... 4 lines matching cause stack trace ...
    at node:internal/main/run_main_module:28:49 {
  [cause]: Error: inner
      at Object.<anonymous> (/p/run.cjs:1:34)
      at node:internal/main/run_main_module:28:49
}

Node.js v20.20.2
`,
  ],
  [
    "Node, a thrown string",
    "a text",
    `
/p/run.cjs:1
throw "a text"
^
a text
(Use \`node --trace-uncaught ...\` to show where the exception was thrown)

Node.js v20.20.2
`,
  ],
  [
    "Node, broken syntax",
    "SyntaxError: Unexpected end of input",
    `/p/run.cjs:2



SyntaxError: Unexpected end of input
    at wrapSafe (node:internal/modules/cjs/loader:1464:18)
    at node:internal/main/run_main_module:28:49

Node.js v20.20.2
`,
  ],
  [
    "Deno, an error",
    "error: Uncaught (in promise) Error: boom",
    `error: Uncaught (in promise) Error: boom
throw new Error("boom");
      ^
    at file:///p/run.ts:1:7
`,
  ],
  [
    "Deno, an error in colours",
    "error: Uncaught (in promise) Error: boom",
    `\u001b[0m\u001b[1m\u001b[31merror\u001b[0m: Uncaught (in promise) Error: boom
throw new Error("boom");
\u001b[0m\u001b[31m      ^\u001b[0m
    at \u001b[0m\u001b[36mfile:///p/run.ts\u001b[0m:\u001b[0m\u001b[33m1\u001b[0m
`,
  ],
  [
    "Deno, an error with a cause",
    "Caused by: Error: inner",
    `error: Uncaught (in promise) Error: outer
throw new Error("outer", {cause: new Error("inner")})
      ^
    at file:///p/run.ts:1:7
Caused by: Error: inner
    at file:///p/run.ts:1:34
`,
  ],
  [
    "Deno, an error with hints",
    "error: Uncaught (in promise) ReferenceError: require is not defined",
    `error: Uncaught (in promise) ReferenceError: require is not defined
const x = require("fs");
          ^
    at file:///p/run.ts:1:11

    info: Deno supports CommonJS modules in .cjs files, or when the closest
          package.json has a "type": "commonjs" option.
    docs: https://docs.deno.com/go/commonjs
`,
  ],
  [
    "Deno, a type that does not fit",
    "TS2322 [ERROR]: Type 'string' is not assignable to type 'number'.",
    `Check run.ts
TS2322 [ERROR]: Type 'string' is not assignable to type 'number'.
const a: number = "x"; console.log(a)
      ^
    at file:///p/run.ts:1:7

error: Type checking failed.

  info: The program failed type-checking, but it still might work correctly.
  hint: Re-run with --no-check to skip type-checking.

Stack backtrace:
   0: <unknown>
`,
  ],
  [
    "Ruby, an exception",
    "run.rb:1:in 'Object#f': boom (RuntimeError)",
    `run.rb:1:in 'Object#f': boom (RuntimeError)
\tfrom run.rb:3:in '<main>'
`,
  ],
  [
    "Ruby, a name that does not exist",
    "run.rb:2:in '<main>': undefined local variable or method 'fo' for main (NameError)",
    `run.rb:2:in '<main>': undefined local variable or method 'fo' for main (NameError)

puts fo
     ^^
Did you mean?  for
`,
  ],
  [
    "Ruby, broken syntax",
    "run.rb:1: syntax error found (SyntaxError)",
    `run.rb: --> run.rb
run.rb:1: syntax error found (SyntaxError)
> 1 | def f(
    |       ^ unexpected end-of-input; expected a \`)\` to close the parameters
`,
  ],
  [
    "Go, a panic",
    "panic: runtime error: index out of range [5] with length 3",
    `panic: runtime error: index out of range [5] with length 3

goroutine 1 [running]:
main.(*T).f(...)
\t/p/run.go:3
main.main()
\t/p/run.go:4 +0xa
exit status 2
`,
  ],
  [
    "Go, a nil pointer",
    "panic: runtime error: invalid memory address or nil pointer dereference",
    `panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x47a742]

goroutine 6 [running]:
main.main.func1()
\t/p/run.go:2 +0x2
created by main.main in goroutine 1
\t/p/run.go:2 +0x1a
exit status 2
`,
  ],
  [
    "Go, log.Fatal",
    "2026/11/27 11:49:16 no token",
    "2026/11/27 11:49:16 no token\nexit status 1\n",
  ],
  [
    "Java, an exception with a cause",
    "Caused by: java.io.FileNotFoundException: /nothing (No such file or directory)",
    `Exception in thread "main" java.lang.IllegalStateException: cannot begin
\tat Run.main(Run.java:1)
Caused by: java.io.FileNotFoundException: /nothing (No such file or directory)
\tat java.base/java.io.FileInputStream.open0(Native Method)
\t... 13 more
`,
  ],
  [
    "Java, broken syntax",
    "Run.java:1: error: ';' expected",
    `Run.java:1: error: ';' expected
class Run { public static void main(String[] a) { int x = 1 } }
                                                           ^
1 error
error: compilation failed
`,
  ],
  [
    "Rust, a panic",
    "no token",
    `
thread 'main' panicked at src/main.rs:2:5:
no token
note: run with \`RUST_BACKTRACE=1\` environment variable to display a backtrace
`,
  ],
  [
    "PHP, an exception",
    "PHP Fatal error:  Uncaught Exception: no token in /p/run.php:2",
    `PHP Fatal error:  Uncaught Exception: no token in /p/run.php:2
Stack trace:
#0 {main}
  thrown in /p/run.php on line 2
`,
  ],
];

for (const [what, said, stderr] of SAMPLES) {
  Deno.test(`the line that says why is found: ${what}`, () => {
    assert.equal(lastWords(stderr), said);
    assert.equal(lastWords(stderr.replaceAll("\n", "\r\n")), said);
  });
}

Deno.test("a line that could end a trace is given if there is no other", () => {
  assert.equal(lastWords("exit status 1\n\n"), "exit status 1");
  assert.equal(lastWords("   it hurts  \n"), "it hurts");
  assert.equal(lastWords("\n \n"), "");
  assert.equal(lastWords(""), "");
});

Deno.test("a long line is cut, and a megabyte of any kind takes no time", () => {
  assert.equal(lastWords("x".repeat(10_000)).length, 200);
  for (const piece of ["a.", "^ ", "^\n", "\n", "  at x\n", "(", "a.b(\n", "| "]) {
    lastWords(piece.repeat(1_000_000 / piece.length));
  }
});

/** The shortest time of several runs, in milliseconds. */
function shortest(work: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  });
  return Math.min(...times);
}

Deno.test("no stderr takes much longer than another of the same size", () => {
  const lines = (line: string) => `${line}\n`.repeat(1_048);
  const harmless = lines("x".repeat(998));
  const floor = shortest(() => lastWords(harmless));
  for (const line of ["^".repeat(998) + "!", "a.".repeat(250) + "(".repeat(490), " ".repeat(998)]) {
    const stderr = lines(line);
    const ratio = shortest(() => lastWords(stderr)) / floor;
    assert.ok(ratio < 200, `${line.slice(0, 10)}...: ${ratio.toFixed(0)} times as long`);
  }
});

Deno.test("the reason is found above 150 stack frames, but not above 1,000", () => {
  assert.equal(lastWords(`reason\n${"  at frame\n".repeat(150)}`), "reason");
  assert.equal(lastWords(`reason\n${"  at frame\n".repeat(1_000)}`), "at frame");
});
