import type { WrittenJob } from "./history.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Jobs in every state, with texts that try to control the terminal. */
export function jobsAt(now: number): readonly WrittenJob[] {
  const refused = "connection refused by calendar.example.org \x1b[2J(203.0.113.7)\nport 443";
  const failed = { status: "failed", reason: "error", error: refused } as const;
  const created = { createdAt: now - 27 * HOUR };
  return [
    {
      ...{ id: "0a1b2c3d-0000", plugin: "weather", status: "succeeded", ...created },
      attempts: [{ endedAt: now - 26 * HOUR - MINUTE, durationMs: 350 }],
    },
    {
      ...{ id: "1a1b2c3d-0000", plugin: "calendar", status: "failed", ...created },
      attempts: [
        { ...failed, endedAt: now - 4 * HOUR, retryAt: now - 3.1 * HOUR },
        { ...failed, endedAt: now - 3.1 * HOUR, durationMs: 61_000, stderr: "one\n\ttwo\x07\n" },
      ],
    },
    {
      ...{ id: "1a1b2c3d-1000", plugin: "backup_of_the_photos", status: "dead", ...created },
      attempts: [
        { status: "dead", reason: "interrupted", error: "crash", endedAt: now - 2.1 * HOUR },
      ],
    },
    {
      ...{ id: "2a1b2c3d-0000", plugin: "mail", status: "queued", ...created },
      notBefore: now + 10.2 * MINUTE,
      attempts: [{ ...failed, endedAt: now - MINUTE, retryAt: now + 10.2 * MINUTE }],
    },
    { id: "3a1b2c3d-0000", plugin: "weather", status: "queued", createdAt: now - HOUR },
    {
      ...{ id: "4a1b2c3d-0000", plugin: "calendar", status: "running", ...created },
      ...{ startedAt: now - 5.1 * MINUTE, pid: 4711, payload: '{"a": "\u202e"}' },
    },
  ];
}
