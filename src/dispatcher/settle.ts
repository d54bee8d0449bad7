import type { OnCheckpoint } from "../base/checkpoint.ts";
import type { Attempt } from "../core/attempt.ts";
import { conclude, type Verdict } from "../core/conclude.ts";
import { applyUpdates } from "../core/state.ts";
import type { Store } from "../store/store.ts";

/** An attempt as it was stored, and what became of its job. */
export interface Settled {
  readonly attempt: Attempt;
  readonly verdict: Verdict;
}

/** What settling needs. */
export interface SettleParts {
  readonly store: Store;
  readonly onCheckpoint?: OnCheckpoint | undefined;
}

/**
 * Stores an attempt in one transaction: the state, the job's row and the log row, or nothing. Every
 * job leaves `running` this way. Source: docs/decisions.md, "One settle".
 *
 * @returns `undefined`, with nothing written, if another program has changed the job's row meanwhile.
 */
export function settle(
  { store, onCheckpoint }: SettleParts,
  ended: Attempt,
): Settled | undefined {
  return store.transaction(() => {
    const { attempt, state } = fitState(store, ended);
    const { job, ending, endedAt } = attempt;
    const verdict = conclude(ending, job);
    if (!store.jobs.settle(attempt, verdict)) return undefined;
    store.attempts.add(attempt, verdict);
    onCheckpoint?.("settling");
    if (state !== undefined) store.states.write(job.plugin, state, endedAt);
    return { attempt, verdict };
  });
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
