import { isoTime } from "../base/iso_time.ts";
import { wait } from "../base/wait.ts";
import type { Job } from "../core/job.ts";
import type { Log } from "../log/log.ts";

/** The two stages of a stop. */
export interface Shutdown extends Disposable {
  /** Aborts at the first request: no new ticks, no new claims. */
  readonly stop: AbortSignal;
  /** Aborts at the second request, or once the grace is over: the running plugin is ended. */
  readonly interrupt: AbortSignal;
  /** The jobs that a stop waits for. The code that runs a job adds it, and removes it at its end. */
  readonly running: Set<Job>;
  /** Asks for a stop. */
  request(cause: string): void;
}

/**
 * A signal that arrives again this soon is the same request: at a terminal, ctrl-C reaches the program
 * both directly and through `deno task`, which passes it on.
 */
const SAME_REQUEST_MS = 250;

const STOPPING: readonly Deno.Signal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Signals that would end the program at once and leave its plugins running. */
const IGNORED: readonly Deno.Signal[] = ["SIGUSR2", "SIGALRM"];

/**
 * Listens for SIGINT, SIGTERM, SIGHUP and SIGQUIT until it is disposed of. SIGQUIT gives no grace. It
 * ignores the signals in {@link IGNORED}.
 */
export function listenForShutdown(graceMs: number, log: Log): Shutdown {
  const stop = new AbortController();
  const interrupt = new AbortController();
  const done = new AbortController();
  const running = new Set<Job>();
  let firstAtMs = 0;

  function request(cause: string): void {
    if (stop.signal.aborted) {
      if (performance.now() - firstAtMs >= SAME_REQUEST_MS) endNow(cause);
      return;
    }
    firstAtMs = performance.now();
    log.info("Stopping", { cause, grace_ms: graceMs });
    for (const job of running) reportWait(log, job, graceMs);
    stop.abort();
    wait(graceMs, done.signal).done.then(() => {
      if (!done.signal.aborted) endNow("shutdown_grace is over");
    });
  }

  function endNow(cause: string): void {
    if (interrupt.signal.aborted) return;
    log.warn("Ending the running plugin", { cause });
    interrupt.abort();
  }

  function quit(): void {
    request("SIGQUIT");
    endNow("SIGQUIT");
  }

  const ignore = (signal: Deno.Signal) => log.warn("Signal ignored", { signal });
  const heard = [listen(STOPPING, request), listen(["SIGQUIT"], quit), listen(IGNORED, ignore)];

  return {
    stop: stop.signal,
    interrupt: interrupt.signal,
    running,
    request,
    [Symbol.dispose]() {
      done.abort();
      for (const listening of heard) listening[Symbol.dispose]();
    },
  };
}

function listen(signals: readonly Deno.Signal[], hear: (signal: Deno.Signal) => void): Disposable {
  const listeners = signals.map((signal) => ({ signal, listener: () => hear(signal) }));
  for (const { signal, listener } of listeners) Deno.addSignalListener(signal, listener);
  return {
    [Symbol.dispose]() {
      for (const { signal, listener } of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}

function reportWait(log: Log, { plugin, id, startedAt }: Job, graceMs: number): void {
  log.info("Waiting for a running plugin, a second signal ends it now", {
    plugin,
    job_id: id,
    started_at: isoTime(startedAt),
    up_to_ms: graceMs,
  });
}
