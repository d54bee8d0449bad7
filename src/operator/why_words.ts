import { escapeUnseen } from "../base/unseen.ts";
import { ALL_ENTRIES } from "../core/pause.ts";
import type { JobFacts } from "../reader/jobs.ts";
import { nextPollOf, type Why, type WhyReason } from "../reader/why.ts";
import type { WhyFacts } from "../reader/why_facts.ts";
import { describeResume } from "./resume_words.ts";
import { formatAgo, formatWhen } from "./times.ts";

/** One sentence on why an entry does not run at `now`, and what changes that. */
export function describeWhy(facts: WhyFacts, why: Why, now: number): string {
  const when = (at: number) => formatWhen(at, now);
  return escapeUnseen(SENTENCES[why.reason]({ facts, why, name: facts.name, when, now }));
}

/** What a sentence is made of. */
interface Given {
  readonly facts: WhyFacts;
  readonly why: Why;
  readonly name: string;
  readonly when: (at: number) => string;
  readonly now: number;
}

const SENTENCES: Readonly<Record<WhyReason, (given: Given) => string>> = {
  "never started": () => "No gateway has run here yet; start one: senechal-gw start",
  "not loaded": ({ name }) =>
    `${name} is not loaded: the config did not name it when the gateway read it; restart the gateway`,
  disabled: ({ name }) =>
    `${name} is disabled; set enabled: true in its entry and restart the gateway`,
  refused: ({ name, facts }) =>
    `${name} was refused at the start of the gateway: ${
      facts.one?.entry.error ?? "its plugin cannot be used"
    }; fix that and restart the gateway`,
  stopped: ({ facts, now }) =>
    `The gateway is not running: it was stopped ${
      formatAgo(facts.gateway?.stoppedAt ?? NaN, now)
    }; start it: senechal-gw start`,
  silent: ({ facts, when }) =>
    `The gateway has not ticked since ${when(facts.gateway?.tickAt ?? NaN)}: it was killed, or ` +
    "hangs; start it again",
  orphaned: ({ name }) =>
    `A job of ${name} is marked as running, but the gateway that ran it has ended; the gateway ` +
    "ends what is left of it and queues it again if it has an attempt left",
  running: ({ name, why, when, now }) =>
    `${name} has been running since ${startOf(why, when)}; its timeout ${
      (why.until ?? NaN) < now ? "was over" : "ends it"
    } at ${when(why.until ?? NaN)}`,
  "own job": ({ name, why, facts, when }) =>
    `${name} has been running since ${startOf(why, when)}, and of one entry one job runs at a ` +
    `time; ${count(facts.queued, "job")} of it can start when that one has ended`,
  paused: ({ name, why, facts, when }) =>
    `${name} is paused${describePause(facts)}; it goes on ${
      why.until === undefined ? "after" : `at ${when(why.until)}, or after`
    } ${facts.one === undefined ? "" : describeResume(facts.one)}`,
  retry: ({ name, why, when }) =>
    `${name} waits for its retry: attempt ${why.job?.attempt} of ${why.job?.maxAttempts} starts at ${
      when(why.until ?? NaN)
    }`,
  "lanes full": ({ name, why, facts }) =>
    `${name} waits for a free lane: all ${facts.lanes.total} are taken, by ${
      describeTakers(why.by)
    }; it starts when one is free${facts.ahead > 0 ? ", after the jobs ahead of it" : ""}`,
  "pool full": ({ name, why, facts }) =>
    `${name} waits for a place in the pool ${poolOf(facts)}, taken by ${
      describeTakers(why.by)
    }; it starts when such a job has ended`,
  "held back": ({ name }) =>
    `${name} has a job that is ready, but the gateway holds it back: processes of an earlier run ` +
    "have not ended, or its program cannot be started now; the log of the gateway says which",
  starting: ({ name }) => `${name} starts in a moment: its job is ready, and a lane is free`,
  "schedule unreadable": ({ name, facts, when }) =>
    facts.polls === undefined
      ? `The schedule of ${name} in the table entries cannot be read; restart the gateway`
      : `${name} has no next run: ${facts.polls.plan?.unreadable}; the next tick at ${
        when(facts.nextTickAt)
      } draws it again`,
  "schedule changed": ({ name, facts, when }) =>
    `${name} has a new schedule; the next tick at ${
      when(facts.nextTickAt)
    } draws its next run again, counted from the last one`,
  "clock moved back": ({ name, facts, when }) =>
    `The next run of ${name} is further away than its schedule allows, so the clock was set back; ` +
    `the next tick at ${when(facts.nextTickAt)} draws it again`,
  "breaker open": ({ name, facts, why, when }) =>
    `${name} waits because its circuit breaker is open after ${
      count(facts.one?.health.failures ?? NaN, "failure")
    } in a row; one poll tries at ${when(why.until ?? NaN)} and closes it if it succeeds`,
  "not due": ({ name, facts, why, when }) =>
    `${name} is not due; it runs next: ${when(why.until ?? NaN)}${describeTrial(facts)}`,
  due: ({ name, facts, when }) =>
    `${name} is due; the next tick at ${when(facts.nextTickAt)} queues its job${
      describeTrial(facts)
    }`,
};

function startOf({ job }: Why, when: Given["when"]): string {
  return when(job?.startedAt ?? NaN);
}

/** The most entries that a sentence names. */
const MAX_NAMES = 4;

function describeTakers(jobs: readonly JobFacts[] = []): string {
  const names = jobs.slice(0, MAX_NAMES).map(({ plugin }) => plugin);
  const rest = jobs.length - names.length;
  return [...names, ...(rest > 0 ? [`${rest} more`] : [])].join(", ");
}

function poolOf({ one, lanes }: WhyFacts): string {
  const pool = one?.entry.settings?.pool ?? "";
  return `${pool} (${lanes.pools.get(pool)})`;
}

function describePause({ one }: WhyFacts): string {
  const pause = one?.pause;
  if (pause === undefined) return "";
  return `${pause.plugin === ALL_ENTRIES ? ", like all entries" : ""} (by ${pause.pausedBy})`;
}

/** A half-open breaker lets one poll try. */
function describeTrial(facts: WhyFacts): string {
  const isTrial = facts.one?.breaker.state === "half-open" && nextPollOf(facts) !== undefined;
  return isTrial ? ", as the one poll that its circuit breaker lets try" : "";
}

function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? "" : "s"}`;
}
