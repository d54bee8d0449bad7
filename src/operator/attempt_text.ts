import { escapeUnseen } from "../base/unseen.ts";
import type { AttemptFacts } from "../reader/attempts.ts";
import { renderBlock } from "./block.ts";
import { paint, type Screen } from "./screen.ts";
import { STYLES } from "./jobs.ts";
import { formatSpan, formatTime } from "./times.ts";

/** How an attempt ended, such as `failed after 1.2 s (exit code 1), next try 07:31`. */
export function describeEnd(
  attempt: AttemptFacts,
  screen: Pick<Screen, "useColors"> & { readonly now: number },
): string {
  const { status, reason, durationMs, retryAt } = attempt;
  const details = escapeUnseen(describeReason(attempt));
  // Nobody knows when a run ended that the end of its gateway interrupted.
  const span = reason === "interrupted" ? "" : ` after ${formatSpan(durationMs)}`;
  return paint(escapeUnseen(status), STYLES[status], screen) + span +
    (details === "" ? "" : ` (${details})`) +
    (retryAt === undefined ? "" : `, next try ${formatTime(retryAt, screen.now)}`);
}

function describeReason({ status, reason, exitCode, signal }: AttemptFacts): string {
  const isSaid = reason === status || (reason === "exit" && exitCode !== undefined);
  return [
    isSaid ? undefined : reason,
    exitCode === undefined || exitCode === 0 ? undefined : `exit code ${exitCode}`,
    signal,
  ].filter((detail) => detail !== undefined).join(", ");
}

/** The error of an attempt, what its plugin wrote, and on request the answer of one that failed. */
export function renderWords(
  { error, stderr, stdout }: AttemptFacts,
  withAnswer: boolean,
): readonly string[] {
  const parts: readonly (readonly [title: string, text: string | undefined])[] = [
    ["error", error],
    ["stderr", stderr],
    ["answer", withAnswer ? stdout : undefined],
  ];
  return parts.flatMap(([title, text = ""]) => text === "" ? [] : [renderBlock(title, text)]);
}
