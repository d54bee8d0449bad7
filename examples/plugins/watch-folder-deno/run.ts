#!/usr/bin/env -S deno run --quiet --no-prompt --allow-read
// Reports files in config.folder that are new or changed since the last run.
//
// The state holds one short string for each file, so the same state and the same folder always
// give the same answer. Deleted files are forgotten, because each run replaces all of `files`.

const MAX_FILES = 500; // keeps the state well below the gateway's limit of 1 MiB
const MAX_LOGS = 100; // the gateway logs no more lines per run

type Files = Record<string, string>;

/** Maps the name of each regular file to "size mtime"; skips files that vanish meanwhile. */
function fingerprints(folder: string): Files {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  return Object.fromEntries(names.flatMap((name) => {
    try {
      const { isFile, size, mtime } = Deno.lstatSync(`${folder}/${name}`);
      return isFile ? [[name, `${size} ${mtime?.getTime()}`]] : [];
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }));
}

function poll(config: { folder: string }, state: { files?: Files }) {
  const files = fingerprints(config.folder);
  const count = Object.keys(files).length;
  if (count > MAX_FILES) {
    return { status: "error", error: `${count} files, the limit is ${MAX_FILES}` };
  }
  const known = new Map(Object.entries(state.files ?? {}));
  const changed = Object.entries(files).filter(([name, mark]) => known.get(name) !== mark);
  const lines = changed.map(([name]) => `${known.has(name) ? "changed" : "new"}: ${name}`);
  if (lines.length > MAX_LOGS) {
    lines.push(`and ${lines.splice(MAX_LOGS - 1).length} more`);
  }
  const logs = lines.map((message) => ({ level: "info", message }));
  return { status: "ok", state_updates: { files }, logs };
}

const { config, state } = await new Response(Deno.stdin.readable).json();
let answer: unknown;
try {
  answer = poll(config, state);
} catch (error) {
  answer = { status: "error", error: `Cannot read the folder: ${error}` };
}
console.log(JSON.stringify(answer));
