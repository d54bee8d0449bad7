import { describeRefused, type RefusalCode } from "../plugin/refusal.ts";
import { type Finding, toFinding } from "./check.ts";
import type { Subject } from "./subject.ts";

/**
 * Passes if the gateway's discovery does not refuse the plugin for this reason or, if none is
 * given, for any reason.
 */
export function withoutRefusal(subject: Subject, code?: RefusalCode): Finding {
  const [refused] = subject.discovered().refused;
  const mine = refused?.refusals.filter((one) => code === undefined || one.code === code) ?? [];
  if (refused === undefined || mine.length === 0) return toFinding(true);
  return toFinding(false, describeRefused({ ...refused, refusals: mine }));
}
