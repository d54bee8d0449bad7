import { ask } from "./ask.ts";

/** One run of the machine, from its boot on. */
export interface Boot {
  /** Is another one after each boot. */
  readonly id: string;
  /** When it began on the wall clock of now, in milliseconds since the epoch. */
  readonly at: number;
}

/**
 * Which run of the machine this is; `undefined` where the system does not tell (macOS).
 *
 * @param now milliseconds since the epoch.
 */
export async function readBoot(now: () => number): Promise<Boot | undefined> {
  const text = await ask("/bin/cat", ["/proc/sys/kernel/random/boot_id", "/proc/uptime"]) ?? "";
  const [id = "", uptime = ""] = text.split("\n");
  const uptimeMs = Number.parseFloat(uptime) * 1_000;
  return id === "" || Number.isNaN(uptimeMs) ? undefined : { id, at: now() - uptimeMs };
}
