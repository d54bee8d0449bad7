import type { DatabaseSync, StatementSync } from "node:sqlite";
import { isoTime, parseIsoTime } from "../base/iso_time.ts";
import { withoutSync } from "../sqlite/database.ts";

/** The queued jobs in `job_queue` that wait for a time, and what keeps the others in order. */
export class Waits {
  readonly #db: DatabaseSync;
  readonly #selectNext: StatementSync;
  readonly #release: StatementSync;
  readonly #selectMisdated: StatementSync;
  readonly #move: StatementSync;
  readonly #selectWrongHead: StatementSync;
  readonly #deleteWrongHeads: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#selectNext = db.prepare(
      `SELECT min(not_before) AS next FROM job_queue
       WHERE status = 'queued' AND not_before IS NOT NULL`,
    );
    this.#release = db.prepare(
      `UPDATE job_queue SET not_before = NULL, waits_since = NULL
       WHERE status = 'queued' AND not_before <= ?`,
    );
    this.#selectMisdated = db.prepare(
      `SELECT seq, not_before, waits_since FROM job_queue
       WHERE status = 'queued' AND not_before IS NOT NULL AND waits_since > ?`,
    );
    this.#selectMisdated.setReadBigInts(true);
    this.#move = db.prepare("UPDATE job_queue SET not_before = ?, waits_since = ? WHERE seq = ?");
    const isWrong = `NOT EXISTS (SELECT 1 FROM job_queue AS job
      WHERE job.seq = queue_head.seq AND job.plugin = queue_head.plugin
        AND job.status = 'queued' AND job.not_before IS NULL)`;
    this.#selectWrongHead = db.prepare(`SELECT 1 FROM queue_head WHERE ${isWrong} LIMIT 1`);
    this.#deleteWrongHeads = db.prepare(`DELETE FROM queue_head WHERE ${isWrong}`);
  }

  /**
   * Makes the jobs ready whose wait is over at `now`.
   *
   * @returns when the next wait ends, if one is left; both in milliseconds since the epoch.
   */
  release(now: number): number | undefined {
    const next = this.#next();
    if (next === undefined || next > now) return next;
    withoutSync(this.#db, () => this.#release.run(isoTime(now)));
    return this.#next();
  }

  #next(): number | undefined {
    return parseIsoTime(String(this.#selectNext.get()?.next));
  }

  /**
   * Lets waits that seem to have begun after `now` begin at `now`: the clock was set back, and none may
   * last longer than it was meant to.
   *
   * @returns how many there were.
   */
  restart(now: number): number {
    const misdated = this.#selectMisdated.all(isoTime(now));
    for (const { seq, not_before, waits_since } of misdated) {
      const waitMs = Date.parse(String(not_before)) - Date.parse(String(waits_since));
      this.#move.run(isoTime(now + waitMs), isoTime(now), seq ?? null);
    }
    return misdated.length;
  }

  /**
   * Repairs `queue_head` if another program has broken it: `INSERT OR REPLACE` calls no trigger for the
   * row that it replaces.
   */
  repairHeads(): void {
    if (this.#selectWrongHead.get() !== undefined) this.#deleteWrongHeads.run();
  }
}
