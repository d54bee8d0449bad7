/** The languages in which `new` writes a plugin. */
export const LANGUAGES = ["bash", "python", "node", "deno"] as const;
export type Language = typeof LANGUAGES[number];
