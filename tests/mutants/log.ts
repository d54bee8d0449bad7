import { mutate, type MutatedFile } from "./mutant.ts";

export const LOG: readonly MutatedFile[] = [
  mutate(
    "log/log.ts",
    ["tests/log/log_test.ts"],
    ["LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least)", "false", "log_level is ignored"],
    [
      'head.component === "plugin" ? "plugin" : "gateway"',
      '"plugin"',
      "the gateway's own lines are dropped first",
    ],
    [
      "return render({ fields_lost: messageOf(error) });",
      "throw error;",
      "a field that cannot be written ends a job",
    ],
  ),
  mutate(
    "log/stdout_writer.ts",
    ["tests/log/stdout_writer_test.ts"],
    [
      "if (this.#waitingBytes + bytes.length > MAX_WAITING_BYTES[speaker]) {",
      "if (false) {",
      "an unread log fills the memory",
    ],
    ["this.#waitingBytes -= lines.length;", "", "after 8 MiB nothing more is logged"],
    ["this.#countDropped(TOO_SLOW);", "", "lost lines are not reported"],
    [
      "if (!(error instanceof Deno.errors.WouldBlock)) throw error;",
      "throw error;",
      "a full pipe loses lines",
    ],
    [
      "bytes.subarray(0, PIECE_BYTES)",
      "bytes",
      "a full pipe tears lines",
    ],
    [
      "if (taken > 0) this.#isTorn = rest[taken - 1] !== NEWLINE;",
      "",
      "a torn line swallows the next one",
    ],
    [
      "rest.filter((byte) => byte === NEWLINE).length",
      "1",
      "a full disk loses more lines than the log says",
    ],
    [
      "next && used + next.length <= PIECE_BYTES;",
      "next && used + next.length <= PIECE_BYTES && used === 0;",
      "with many jobs at once, the log falls behind",
    ],
    [
      "this.#readerIsGone = error instanceof Deno.errors.BrokenPipe;",
      "",
      "the log is written to a closed pipe forever",
    ],
  ),
  mutate(
    "log/text.ts",
    ["tests/log/text_test.ts"],
    ["job_id.slice(0, SHORT_ID)", "job_id", "text lines are too wide to read"],
    ["quoteUnlessPlain(whose)", "whose", "a plugin can forge a line"],
  ),
];
