import deno from "../../deno.json" with { type: "json" };

/** This program's version, as `deno.json` gives it. */
export const VERSION: string = deno.version;
