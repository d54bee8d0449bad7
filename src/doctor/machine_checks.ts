import { formatSpan } from "../base/duration.ts";
import { isTriedDeno, OLDEST_DENO } from "../base/version.ts";
import type { Facts, TableFacts } from "./facts.ts";
import { type Check, type Found, type Judgement, overTables } from "./finding.ts";
import { editUnit, restart, start } from "./shell.ts";

/** What the gateway needs of the machine. */
export const machineChecks: readonly Check[] = [
  { id: "deno.version", severity: "warning", judge: judgeDeno },
  { id: "deno.inspector", severity: "problem", judge: overTables(judgeInspector) },
  { id: "deno.sigusr1", severity: "note", judge: overTables(judgeSignal) },
  { id: "tool.ps", severity: "problem", judge: judgePs },
  { id: "tool.setsid", severity: "warning", judge: judgeSetsid },
  { id: "proc.boot", severity: "warning", judge: overTables(judgeBoot) },
  { id: "clock", severity: "warning", judge: overTables(judgeClock) },
];

function judgeDeno({ machine: { denoVersion } }: Facts): readonly Found[] {
  if (isTriedDeno(denoVersion)) return [];
  const [major, minor] = OLDEST_DENO;
  return [{
    evidence: `this is Deno ${denoVersion}; senechal-gw was tried with Deno ${major}.${minor} ` +
      `and later versions of Deno ${major}`,
    fix: `deno upgrade ${major}.${minor}.0`,
  }];
}

function judgeInspector({ life, gateway }: TableFacts, facts: Facts): Judgement {
  const { inspector } = facts.machine;
  if (life !== "running" || gateway === undefined) return [];
  if (inspector === undefined) return UNTOLD;
  if (inspector.openPort === undefined) return [];
  return [{
    evidence: `the gateway listens on port ${inspector.openPort}: Deno's inspector is open, ` +
      "and every user of this machine can run code in the gateway",
    fix: restart(facts, gateway.pid),
  }];
}

const UNTOLD = { notChecked: "the system does not tell about the process of the gateway" };

/** Deno 2.9.2 and later open the inspector on SIGUSR1, even if the program listens for that signal. */
function judgeSignal({ life }: TableFacts, facts: Facts): Judgement {
  const { inspector } = facts.machine;
  if (life !== "running") return [];
  if (inspector === undefined) return UNTOLD;
  if (!inspector.opensOnSignal || inspector.openPort !== undefined) return [];
  return [{
    evidence: "SIGUSR1, which any plugin can send, opens Deno's inspector on port 9229, " +
      "for every user of this machine",
    fix: `env --block-signal=USR1 ${start(facts)}  # plugins do not get SIGUSR1 then, either`,
  }];
}

function judgePs({ machine: { processes, os } }: Facts): readonly Found[] {
  if (processes !== undefined && processes.length > 0) return [];
  return [{
    evidence: "the processes of this machine cannot be listed, " +
      "so a crash leaves running what the plugins had started",
    fix: os === "linux"
      ? "sudo apt-get install procps grep coreutils  # and mount /proc"
      : "command -v sh ps grep  # one of them is missing",
  }];
}

function judgeSetsid({ machine: { hasSetsid, os } }: Facts): readonly Found[] {
  if (hasSetsid || os !== "linux") return []; // macOS has none
  return [{
    evidence: "there is no setsid in /usr/bin, so each run starts several milliseconds later",
    fix: "sudo apt-get install util-linux",
  }];
}

function judgeBoot({ life, boot }: TableFacts, facts: Facts): readonly Found[] {
  const { machine: { os } } = facts;
  if (os !== "linux" || life !== "running" || boot !== undefined) return [];
  return [{
    evidence: "the gateway cannot read /proc/sys/kernel/random/boot_id, so after a crash " +
      "it knows what a plugin left only by its environment",
    fix: editUnit(
      facts,
      "[Service] ProcSubset=all",
      "sudo mount -t proc proc /proc  # where the gateway runs",
    ),
  }];
}

/** Clocks that are kept right differ by less, in milliseconds. */
const TOLERANCE_MS = 10_000;

function judgeClock(
  { gateway, boot, lastEndAt }: TableFacts,
  { now }: Facts,
): Judgement {
  const times: readonly (readonly [what: string, at: number | undefined])[] = [
    ["the start of the gateway", gateway?.startedAt],
    ["its last tick", gateway?.tickAt],
    ["the boot of the machine", boot?.at],
    ["the end of the latest run", lastEndAt],
  ];
  const ahead = times.filter(([, at = NaN]) => at > now + TOLERANCE_MS);
  if (ahead.length === 0) return [];
  const said = ahead.map(([what, at = NaN]) => `${what} is ${formatSpan(at - now)} in the future`);
  return [{
    evidence: said.join("; ") + ": the clock was set back",
    fix: "sudo timedatectl set-ntp true  # or set the clock by hand",
  }];
}
