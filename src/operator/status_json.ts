import { isoTime } from "../base/iso_time.ts";
import { ALL_ENTRIES } from "../core/pause.ts";
import type { Lately } from "../reader/attempts.ts";
import type { EntryStatus, Status } from "../reader/status.ts";
import type { Place } from "./look.ts";
import type { StatusJson } from "./status_schema.ts";
import { LATELY_DAYS } from "./status_entry.ts";
import { isWell, summarize } from "./status_summary.ts";

/** What a status is made of. */
export interface Shown {
  readonly status: Status;
  readonly place: Pick<Place, "configPath">;
  /** Whether the config has changed since the gateway read it. */
  readonly isStale: boolean;
  /** Of the one entry that is asked for. */
  readonly lately?: Lately | undefined;
}

/** The status as programs read it. */
export function toJson(
  { status, place, isStale, lately }: Shown,
  now: number,
): StatusJson {
  const { gateway, life } = status;
  return {
    config: place.configPath,
    config_changed: isStale,
    ok: isWell(status),
    summary: summarize(status, now),
    gateway: gateway === undefined ? null : {
      life,
      name: gateway.service?.name ?? null,
      version: gateway.service?.version ?? null,
      pid: finite(gateway.pid),
      started_at: toTime(gateway.startedAt),
      tick_at: toTime(gateway.tickAt),
      stopped_at: toTime(gateway.stoppedAt),
      dropped_log_lines: gateway.droppedLines,
    },
    entries: status.entries.map((one) => toEntry(one)),
    ...(lately && {
      lately: {
        days: LATELY_DAYS,
        attempts: lately.attempts,
        by_status: Object.fromEntries(lately.byStatus),
        median_ms: lately.medianMs ?? null,
        p95_ms: lately.p95Ms ?? null,
      },
    }),
  };
}

function toEntry(one: EntryStatus): StatusJson["entries"][number] {
  const { entry, condition, health, breaker, pause, last } = one;
  return {
    name: entry.name,
    condition,
    error: entry.error ?? null,
    failures: health.failures,
    failing_since: toTime(health.failingSince),
    last_success_at: toTime(health.lastSuccessAt),
    circuit_breaker: breaker.state,
    last_run: last === undefined ? null : {
      job_id: last.jobId,
      status: last.status,
      reason: last.reason ?? null,
      error: last.error ?? null,
      ended_at: toTime(last.endedAt),
      duration_ms: finite(last.durationMs),
    },
    paused: pause === undefined ? null : {
      all: pause.plugin === ALL_ENTRIES,
      since: toTime(pause.pausedAt),
      until: toTime(pause.until),
      by: pause.pausedBy,
    },
    running_since: toTime(one.runningSince),
    queued: one.queued,
    retry_at: toTime(one.retryAt),
    next_run_at: toTime(one.nextRunAt),
    next_try_at: toTime(one.nextTryAt),
  };
}

/** A time for programs. */
export function toTime(ms: number | undefined): string | null {
  return ms === undefined || !Number.isFinite(ms) ? null : isoTime(ms);
}

/** A number for programs; `null` for none, or one that cannot be read. */
export function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
