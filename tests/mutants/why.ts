import { mutate, type MutatedFile } from "./mutant.ts";

/** All but those that simulate a week. */
const WITHOUT_WEEKS = [
  "--filter=/retry|interval|without a gateway|order|later|many/",
  "tests/reader/next_test.ts",
];

export const WHY: readonly MutatedFile[] = [
  mutate(
    "reader/why.ts",
    ["tests/reader/why_test.ts"],
    [
      'if (life !== "running") return { reason: life };\n',
      "",
      "why promises runs although no gateway runs",
    ],
    [
      'if (isOrphan(job, gateway)) return { reason: "orphaned", job };\n',
      "",
      "why says that a job runs which a crash has left",
    ],
    ["job.notBefore > now", "false", "why does not tell of a retry"],
    [
      'last?.jobId === id && last.status === "interrupted"',
      "false",
      "why says that a job starts in a moment while recovery holds it back",
    ],
    ["> CLAIM_MS", "> Infinity", "why says for ever that a job starts in a moment"],
    [
      "gateway?.startedAt, lastEndedAt]",
      "gateway?.startedAt]",
      "why says that a job is held back the moment its lane is free",
    ],
    [
      'then.because === "breaker open"',
      "false",
      "why promises a run that the breaker will not let through",
    ],
    [
      "if (because !== undefined) return { reason: STALE[because], until };\n",
      "",
      "why explains a plan that the next tick throws away",
    ],
  ),
  mutate(
    "reader/why_facts.ts",
    ["tests/reader/why_test.ts"],
    [
      "|| gateway.tickAt < gateway.startedAt",
      "",
      "after the clock moved back, why calls each job an orphan",
    ],
    ["?? readFirst(reader, WAITING, name)", "", "why does not find the job that waits"],
    [" && notBefore === undefined;", ";", "why counts jobs ahead of one that only waits"],
    ["AND plugin <> ?", "", "SQL with a value too many: why answers nothing"],
    [
      "running: running.filter((job) => !isOrphan(job, gateway))",
      "running",
      "why counts jobs that a crash has left among those that take a lane",
    ],
  ),
  mutate(
    "reader/next.ts",
    WITHOUT_WEEKS,
    ["Math.max(atMost, 1)", "atMost", "an entry that runs in a month has no next run"],
    [
      "wanted.entry !== undefined || earliestAt <= until",
      "true",
      "next shows runs that are later than asked",
    ],
    ["Math.min(wanted.limit, share)", "wanted.limit", "a thousand entries fill thousands of lines"],
    ["[...jobs, ...polls]", "polls", "a retry, or a job that is queued, is no run to come"],
    [
      "Math.max(retryAt, freeAt)",
      "retryAt",
      "a retry is due in the past",
    ],
    ["a.earliestAt - b.earliestAt ||", "", "runs are not in the order of time"],
  ),
  mutate(
    "reader/polls.ts",
    WITHOUT_WEEKS,
    [
      'life === "running" ? gateway?.tickAt ?? NaN : NaN',
      "gateway?.tickAt ?? NaN",
      "the ticks of a gateway that was stopped go on for ever",
    ],
    ["liveUntil: retryAt", "liveUntil: undefined", "a poll comes before the retry of the last one"],
    ["intervalMs >= 1 ?", "true ?", "a heartbeat that a person wrote makes next hang"],
  ),
  mutate(
    "operator/why_details.ts",
    ["--filter=/facts|counted|left|no schedule/", "tests/operator/why_test.ts"],
    [
      "Math.abs(drawnMs) > plan.jitterMs / 2 + 1",
      "false",
      "why explains a next run that a person has written by a draw that never was",
    ],
    [
      'life === "running" ? nextPollOf(facts)',
      "true ? nextPollOf(facts)",
      "why promises a poll without a gateway",
    ],
    ["deadlineOf(job, one) - now", "deadlineOf(job, one)", "why shows a wrong rest of the timeout"],
  ),
  mutate(
    "operator/facts.ts",
    ["--filter=/facts/", "tests/operator/why_test.ts"],
    ["cut(escapeUnseen(text), room)", "escapeUnseen(text)", "a long error breaks the lines of why"],
  ),
  mutate(
    "operator/next.ts",
    ["--filter=/next (shows|says)|of many/", "tests/operator/next_test.ts"],
    ['life === "running" ? ""', 'true ? ""', "next hides that no gateway runs"],
    ["leftOut.length <= MAX_LINES", "true", "a thousand entries fill thousands of lines"],
    ["from === to ? from", "true ? from", "next hides the jitter"],
  ),
];
