import { buildCommand } from "@stricli/core";
import type { Command, Seat } from "./command.ts";
import { CONFIG, configPath, describe, JSON_FLAG, lazily, type LookFlags } from "./definition.ts";

/** The command that says how everything is. */
export const status: Command = buildCommand<LookFlags, [], Seat>({
  loader: lazily(["read", "env"], async () => {
    const { showStatus } = await import("./status.ts");
    return (seat: Seat, flags: LookFlags) =>
      showStatus(seat, configPath(flags, seat), flags.json === true);
  }),
  parameters: { flags: { config: CONFIG, json: JSON_FLAG }, aliases: { c: "config" } },
  docs: describe("Show how every entry is, the sick first; exit 1 if one is", [
    "status",
    "status --json | jq .summary",
  ]),
});
