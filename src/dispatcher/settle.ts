import type { OnCheckpoint } from "../base/checkpoint.ts";
import type { Attempt } from "../core/attempt.ts";
import { afterJob, type Health } from "../core/breaker.ts";
import { conclude, type RetryTerms, type Verdict } from "../core/conclude.ts";
import { isCommand, type Job } from "../core/job.ts";
import { applyUpdates, formerOf } from "../core/state.ts";
import type { PluginSpec, Setup } from "../plugin/setup.ts";
import type { StateChange } from "../store/states.ts";
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
    const { attempt, change } = fitState(store, ended);
    const { job } = attempt;
    const plugin = plugins.get(job.plugin);
    const verdict = conclude(attempt, termsOf(plugin, job, random));
    if (!store.jobs.settle(attempt, verdict)) return undefined;
    const isCounted = plugin !== undefined && isCommand(job.command);
    store.attempts.add(attempt, verdict, isCounted);
    onCheckpoint?.("settling");
    if (change !== undefined) store.states.change(change);
    const health = isCounted ? keepAccounts(store, attempt, verdict) : undefined;
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
  store.totals.add(attempt, verdict.status === "queued" ? "retried" : verdict.status);
  if (verdict.status === "queued") return undefined;
  const before = store.healths.read(plugin, command);
  const after = afterJob(before, verdict.status === "succeeded", endedAt);
  store.healths.write(plugin, command, after);
  return { before, after };
}

/** The change of the state to store; an attempt whose state cannot be stored fails. */
function fitState(
  store: Store,
  attempt: Attempt,
): { readonly attempt: Attempt; readonly change?: StateChange } {
  const { job, ending, updates, endedAt } = attempt;
  if (Object.keys(updates).length === 0) return { attempt };
  const stored = store.states.read(job.plugin);
  const refuse = (error: string) => {
    const failed = { ...ending, ok: false, reason: "state", error } as const;
    return { attempt: { ...attempt, ending: failed } };
  };
  if (!stored.ok) return refuse(stored.error);
  const fitted = applyUpdates(stored.state, updates);
  if (!fitted.ok) return refuse(fitted.error);
  const { json } = fitted;
  const former = formerOf(stored.state, updates);
  return { attempt, change: { plugin: job.plugin, json, former, jobId: job.id, now: endedAt } };
}
