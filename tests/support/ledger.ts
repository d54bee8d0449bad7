import { createSite, type Site } from "./site.ts";
import { exists } from "./tools.ts";

/** How many attempts a job has. */
const MAX_ATTEMPTS = 4;

/**
 * Writes when a run starts and stops. The run and its child, which is in a session of its own, hold a lock
 * until both have ended; whoever finds it held writes an overlap. Counts its runs in its state, and marks
 * the job there. Some jobs take so long that they meet the next start, and some fail at their first attempt.
 */
const LEDGER = `#!/bin/dash
read -r request || exit 1 # the gateway was killed before it could send it
job=$SENECHAL_JOB_ID
exec 9>> lock; flock -n 9 || echo "overlap $job" >> ledger
echo "start $job" >> ledger
case $job in [01]*) s=1;; *) s=0.05;; esac
setsid sleep $s &
case $request in *'"n":'*) n=\${request#*'"n":'}; n=\${n%%[,\\}]*};; *) n=0;; esac
wait
echo "stop $job" >> ledger
case $job in [4-7]*) case $request in *'"attempt":1,'* | *'"attempt":1}'*) exit 1;; esac;; esac
echo "{\\"status\\":\\"ok\\",\\"state_updates\\":{\\"n\\":$((n+1)),\\"$job\\":1}}"
`;

/** A site, and its plugins. */
export interface LedgerSite {
  readonly site: Site;
  readonly names: readonly string[];
}

/** A site whose plugins keep a ledger, more of them than there are lanes. */
export function createLedgerSite(lanes: number): LedgerSite {
  const names = Array.from({ length: lanes + 2 }, (_, n) => `p${n}`);
  const everyMs = Math.max(100, 20 * lanes); // as often as a slow machine can
  const entry = `{ schedule: { every: ${everyMs}ms }, max_attempts: ${MAX_ATTEMPTS}, ` +
    "retry: { backoff_base: 100ms }, circuit_breaker: { threshold: 100 } }";
  const plugins = Object.fromEntries(names.map((name) => [name, { script: LEDGER, entry }]));
  return { site: createSite(plugins, `max_running: ${lanes}, shutdown_grace: 0s`), names };
}

/** One line of a ledger. */
export interface LedgerLine {
  readonly what: string;
  readonly job: string;
}

/** The lines that a plugin has written, in their order. */
export function readLedger({ folder }: Site, plugin: string): LedgerLine[] {
  const path = `${folder}/plugins/${plugin}/ledger`;
  if (!exists(path)) return [];
  return Deno.readTextFileSync(path).trim().split("\n").map((line) => {
    const [what = "", job = ""] = line.split(" ");
    return { what, job };
  });
}

/** The jobs that started while another run of their plugin, or its child, was alive. */
export function overlaps(site: Site, plugins: readonly string[]): LedgerLine[] {
  return plugins.flatMap((name) => readLedger(site, name)).filter(({ what }) => what === "overlap");
}
