import settings from "../deno.json" with { type: "json" };

/** The flags of `deno task start`, for whatever starts the program in another way. */
export const START_FLAGS: readonly string[] = settings.tasks.start.split(" ").filter((word) =>
  word.startsWith("--")
);
