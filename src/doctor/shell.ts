import type { Facts } from "./facts.ts";

/** What a shell takes as it is. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/** What a shell replaces within double quotes. */
const SPECIAL = /["$`\\!]/;

/** A text as one word of a shell. */
export function word(text: string): string {
  if (PLAIN.test(text)) return text;
  return SPECIAL.test(text) ? `'${text.replaceAll("'", `'\\''`)}'` : `"${text}"`;
}

/** Texts as words of a shell. */
export function words(texts: readonly string[]): string {
  return texts.map(word).join(" ");
}

/** The command that starts the gateway. */
export function start({ config }: Facts): string {
  return `senechal-gw start --config ${word(config.path)}`;
}

/** The command that looks again. */
export function doctor({ config }: Facts): string {
  return `senechal-gw doctor --config ${word(config.path)}`;
}

/** The command that ends the gateway with this pid and starts it again. */
export function restart({ machine: { unit } }: Facts, pid: number, signal = ""): string {
  return "unknown" in unit
    ? `kill ${signal}${pid}  # then start it again, as before`
    : `sudo systemctl restart ${word(unit.name)}`;
}

/** The command that opens a file in an editor, and what to write there. */
export function edit(path: string, what: string): string {
  return `\${EDITOR:-vi} ${word(path)}  # ${what}`;
}

/** The command that changes the unit of systemd, or what to do where it runs no gateway. */
export function editUnit({ machine: { unit } }: Facts, what: string, otherwise: string): string {
  return "unknown" in unit ? otherwise : `sudo systemctl edit ${word(unit.name)}  # ${what}`;
}

/** The first names of a list, and how many more there are. */
export function list(names: readonly string[], most = 10): string {
  const rest = names.length - most;
  const shown = names.slice(0, most).join(", ");
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

const MIB = 1024 * 1024;

/** A size for people. */
export function formatSize(bytes: number): string {
  return bytes < 10_000 * MIB
    ? `${Math.floor(bytes / MIB)} MiB`
    : `${Math.floor(bytes / (1024 * MIB))} GiB`;
}
