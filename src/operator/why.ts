import { complain } from "../base/complain.ts";
import { ExitCode } from "../base/exit_code.ts";
import { formatJson } from "../base/json.ts";
import { explain, type Why } from "../reader/why.ts";
import { readWhyFacts, type WhyFacts } from "../reader/why_facts.ts";
import type { Seat } from "./command.ts";
import { describeUnknown, isNamedIn } from "./entry_name.ts";
import { renderFacts } from "./facts.ts";
import { describeChanged, hasChanged, look, type Place } from "./look.ts";
import { print } from "./print.ts";
import type { Screen } from "./screen.ts";
import { detailsOf } from "./why_details.ts";
import { toWhyJson } from "./why_json.ts";
import { describeWhy } from "./why_words.ts";

/** Prints why an entry does not run now, what changes that, and the facts. */
export async function showWhy(
  seat: Seat,
  path: string,
  name: string,
  asJson: boolean,
): Promise<ExitCode> {
  const now = seat.screen.now();
  const looked = await look(seat, path, (reader, place) => ({
    facts: readWhyFacts(reader, name, now),
    place,
  }));
  if (!looked.ok) return looked.code;
  const { facts, place } = looked.value;
  const isKnown = facts.one !== undefined || facts.life === "never started";
  if (!isKnown && !await isNamedIn(place.text, name)) {
    complain(describeUnknown(name, [...facts.entries.keys()]));
    return ExitCode.usage;
  }
  const isStale = await hasChanged(place, facts.digest);
  const why = explain(facts, now);
  if (!asJson) return print(renderWhy(facts, why, place, isStale, { ...seat.screen, now }));
  const about = {
    config: place.configPath,
    config_changed: isStale,
    sentence: describeWhy(facts, why, now),
  };
  return print(formatJson(toWhyJson(facts, why, about)));
}

/** The sentence, then the facts. */
export function renderWhy(
  facts: WhyFacts,
  why: Why,
  place: Pick<Place, "configPath">,
  isStale: boolean,
  screen: Pick<Screen, "columns" | "useColors"> & { readonly now: number },
): string {
  const details = detailsOf(facts, why, screen.now);
  const all = [...details, ["config", isStale ? describeChanged(place) : ""]] as const;
  return `${describeWhy(facts, why, screen.now)}\n\n${renderFacts(all, screen)}`.trimEnd();
}
