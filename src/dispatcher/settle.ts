import type { OnCheckpoint } from "../base/checkpoint.ts";
import type { Attempt } from "../core/attempt.ts";
import { afterJob, type Health } from "../core/breaker.ts";
import { conclude, type RetryTerms, type Verdict } from "../core/conclude.ts";
import { isCommand, type Job } from "../core/job.ts";
import { applyUpdates } from "../core/state.ts";
import type { PluginSpec, Setup } from "../plugin/setup.ts";
import type { Store } from "../store/store.ts";

/** An attempt as it was stored, and what became of its job. */
export interface Settled {
  readonly attempt: Attempt;
  readonly verdict: Verdict;
  /** How the entry was before, and is now; `undefined` if that is not kept, or did not change. */
  readonly health?: { readonly before: Health; readonly after: Health } | undefined;
}

/** What settling needs. */
export interface SettleParts {
  readonly store: Store;
  /** Uniform in [0, 1); `Math.random` if left out. */
  readonly random?: (() => number) | undefined;
  readonly onCheckpoint?: OnCheckpoint | undefined;
}

/**
 * Stores an attempt in one transaction: the state, the job's row, the log row, the entry's health and
 * totals, or nothing. Every job leaves `running` this way. Source: docs/decisions.md, "One settle".
 *
 * @returns `undefined`, with nothing written, if another program has changed the job's row meanwhile.
 */
export function settle(
  { store, random = Math.random, onCheckpoint }: SettleParts,
  { plugins }: Pick<Setup, "plugins">,
  ended: Attempt,
): Settled | undefined {
  return store.transaction(() => {
    const { attempt, state } = fitState(store, ended);
    const { job, endedAt } = attempt;
    const plugin = plugins.get(job.plugin);
    const verdict = conclude(attempt, termsOf(plugin, job, random));
    if (!store.jobs.settle(attempt, verdict)) return undefined;
    store.attempts.add(attempt, verdict);
    onCheckpoint?.("settling");
    if (state !== undefined) store.states.write(job.plugin, state, endedAt);
    const health = plugin && keepAccounts(store, attempt, verdict);
    return { attempt, verdict, health };
  });
}

function termsOf(plugin: PluginSpec | undefined, job: Job, random: () => number): RetryTerms {
  const capMs = job.command === "poll" ? plugin?.schedule.everyMs ?? Infinity : Infinity;
  return { policy: plugin?.retry, capMs, random };
}

/** Counts an attempt of an entry, and keeps in mind how its job ended. */
function keepAccounts(store: Store, attempt: Attempt, verdict: Verdict): Settled["health"] {
  const { job: { plugin, command }, endedAt } = attempt;
  if (!isCommand(command)) return undefined;
  store.totals.add(attempt, verdict.status === "queued" ? "retried" : verdict.status);
  if (verdict.status === "queued") return undefined;
  const before = store.healths.read(plugin, command);
  const after = afterJob(before, verdict.status === "succeeded", endedAt);
  store.healths.write(plugin, command, after);
  return { before, after };
}

/** The state to store, as JSON; an attempt whose state cannot be stored fails. */
function fitState(
  store: Store,
  attempt: Attempt,
): { readonly attempt: Attempt; readonly state?: string } {
  const { job, ending, updates } = attempt;
  if (Object.keys(updates).length === 0) return { attempt };
  const stored = store.states.read(job.plugin);
  const fitted = stored.ok ? applyUpdates(stored.state, updates) : stored;
  if (fitted.ok) return { attempt, state: fitted.json };
  const failed = { ...ending, ok: false, reason: "state", error: fitted.error } as const;
  return { attempt: { ...attempt, ending: failed } };
}
