import settings from "../deno.json" with { type: "json" };

/** The flags of `deno task start`, for other ways to start the program. */
export const START_FLAGS: readonly string[] = settings.tasks.start.split(" ").filter((word) =>
  word.startsWith("--")
);
