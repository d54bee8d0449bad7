import { ask } from "../process/ask.ts";
import type { MachineFacts } from "./facts.ts";

const UNIT = "senechal-gw.service";
const PROPERTIES = "LoadState,MainPID,ExecStart,TimeoutStopUSec";

/**
 * The unit of systemd that runs the gateway with this config.
 *
 * @param pid of the gateway that runs.
 */
export async function askUnit(
  configPath: string,
  pid: number | undefined,
): Promise<MachineFacts["unit"]> {
  const said = await ask("systemctl", ["show", UNIT, `--property=${PROPERTIES}`]);
  return said === undefined
    ? { unknown: "there is no systemctl" }
    : parseUnit(said, configPath, pid);
}

/** Reads what `systemctl show` says of the unit. */
export function parseUnit(
  text: string,
  configPath: string,
  pid: number | undefined,
): MachineFacts["unit"] {
  const properties = new Map(
    text.split("\n").map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  const state = properties.get("LoadState");
  if (state === undefined) return { unknown: "systemd does not run here" };
  if (state !== "loaded") return { unknown: `there is no unit ${UNIT}` };
  const words = properties.get("ExecStart")?.split(/[\s;=]+/) ?? [];
  const isOurs = words.includes(configPath) || Number(properties.get("MainPID")) === pid;
  if (!isOurs) return { unknown: `${UNIT} runs another config` };
  const stopTimeoutMs = parseSpan(properties.get("TimeoutStopUSec") ?? "");
  return stopTimeoutMs === undefined
    ? { unknown: `${UNIT} has no TimeoutStopSec that can be read` }
    : { name: UNIT, stopTimeoutMs };
}

const UNIT_MS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  month: 2_629_800_000,
  y: 31_557_600_000,
};

/**
 * Milliseconds of a time span as systemd writes it, such as `1min 30s`; `undefined` if it is none. Source:
 * systemd.time(7), "Displaying time spans".
 */
export function parseSpan(text: string): number | undefined {
  if (text === "infinity") return Infinity;
  if (text === "0") return 0;
  const parts = text.split(" ").map((part) => {
    const [, count = "", unit = ""] = /^(\d+)([a-z]+)$/.exec(part) ?? [];
    return Number(count || NaN) * (UNIT_MS[unit] ?? NaN);
  });
  const total = parts.reduce((sum, ms) => sum + ms, 0);
  return Number.isFinite(total) ? total : undefined;
}
