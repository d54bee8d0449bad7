import { ask } from "./ask.ts";

/** One boot of the machine. */
export interface Boot {
  /** Differs after each boot. */
  readonly id: string;
  /** When it was, by the current wall clock, in milliseconds since the epoch. */
  readonly at: number;
}

/**
 * The latest boot of the machine; `undefined` if the system does not tell (macOS).
 *
 * @param now milliseconds since the epoch.
 */
export async function readBoot(now: () => number): Promise<Boot | undefined> {
  const text = await ask("/bin/cat", ["/proc/sys/kernel/random/boot_id", "/proc/uptime"]) ?? "";
  const [id = "", uptime = ""] = text.split("\n");
  const uptimeMs = Number.parseFloat(uptime) * 1_000;
  return id === "" || Number.isNaN(uptimeMs) ? undefined : { id, at: now() - uptimeMs };
}
