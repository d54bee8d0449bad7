import { ExitCode } from "../base/exit_code.ts";
import { UNTRIED } from "../core/breaker.ts";
import { ALL_ENTRIES } from "../core/pause.ts";
import { readEntries } from "../reader/entries.ts";
import { type Life, lifeOf, readGateway } from "../reader/gateway.ts";
import { readPauses } from "../reader/owner.ts";
import type { Reader } from "../reader/reader.ts";
import { change, type Refusal } from "./change.ts";
import type { Seat } from "./command.ts";
import { describeUnknown } from "./entry_name.ts";
import { print } from "./print.ts";
import { formatWhen } from "./times.ts";
import type { Typed } from "./values.ts";

/** An entry, or all of them. */
export type Whom = { readonly name: string } | { readonly all: true };

/** What a command did. */
interface Done {
  readonly life: Life;
  readonly what: string;
}

/** Keeps new jobs of an entry, or of all, from starting. What runs, finishes. */
export async function pause(
  seat: Seat,
  path: string,
  whom: Whom,
  span: Typed | undefined,
): Promise<ExitCode> {
  const done = await change<Done>(seat, path, {
    deed: ["pause", argumentOf(whom), ...(span === undefined ? [] : ["--for", span.text])],
    carryOut({ pauses }, { reader, now, user }) {
      const unknown = findUnknown(reader, whom);
      if (unknown !== undefined) return unknown;
      const until = span === undefined ? undefined : now + span.ms;
      const plugin = "all" in whom ? ALL_ENTRIES : whom.name;
      pauses.write({ plugin, pausedAt: now, until, pausedBy: user });
      const end = until === undefined
        ? `until senechal-gw resume ${argumentOf(whom)}`
        : `until ${formatWhen(until, now)}`;
      return {
        ok: true,
        value: { life: lifeNow(reader, now), what: `${nameOf(whom)} paused ${end}` },
      };
    },
  });
  return done.ok ? print(describe(done.value)) : done.code;
}

/** Ends a pause, and closes the circuit breaker of the entry: its failures count from zero again. */
export async function resume(seat: Seat, path: string, whom: Whom): Promise<ExitCode> {
  const done = await change<Done>(seat, path, {
    deed: ["resume", argumentOf(whom)],
    carryOut({ pauses, healths }, { reader, now }) {
      const unknown = findUnknown(reader, whom);
      if (unknown !== undefined) return unknown;
      const all = readPauses(reader);
      if ("name" in whom && all.has(ALL_ENTRIES)) {
        const error = `Cannot resume ${whom.name}: all entries are paused; ` +
          "run senechal-gw resume --all, and pause those that should stay so";
        return { ok: false, error };
      }
      const wasPaused = pauses.end("all" in whom ? ALL_ENTRIES : whom.name);
      const health = "name" in whom ? healths.read(whom.name, "poll") : UNTRIED;
      const { failures, lastSuccessAt, lastFailureAt } = health;
      if ("name" in whom && failures > 0) {
        healths.write(whom.name, "poll", { ...UNTRIED, lastSuccessAt, lastFailureAt });
      }
      const what = [
        wasPaused ? `${nameOf(whom)} resumed` : describeNotPaused(whom),
        ...(failures > 0
          ? [
            failures === 1
              ? "1 failure in a row is forgotten"
              : `${failures} failures in a row are forgotten`,
          ]
          : []),
      ].join("; ");
      return { ok: true, value: { life: lifeNow(reader, now), what } };
    },
  });
  return done.ok ? print(describe(done.value)) : done.code;
}

function findUnknown(reader: Reader, whom: Whom): Refusal | undefined {
  if ("all" in whom) return undefined;
  const names = readEntries(reader).entries.map(({ name }) => name);
  if (names.includes(whom.name)) return undefined;
  const error = describeUnknown(whom.name, names);
  return { ok: false, error, code: ExitCode.usage, unknown: whom.name };
}

function describeNotPaused(whom: Whom): string {
  return "all" in whom ? "all entries were not paused together" : `${whom.name} was not paused`;
}

function lifeNow(reader: Reader, now: number): Life {
  return lifeOf(readGateway(reader), now);
}

function argumentOf(whom: Whom): string {
  return "all" in whom ? "--all" : whom.name;
}

function nameOf(whom: Whom): string {
  return "all" in whom ? "all entries" : whom.name;
}

/** What was done, and when it counts. */
function describe({ what, life }: Done): string {
  return life === "running"
    ? what
    : `${what}; no gateway runs now, so this counts from its next start`;
}
