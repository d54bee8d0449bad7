import { dirname, join } from "node:path";
import { messageOf } from "../base/error_message.ts";
import { identityOf, lstatIfThere, realPath, removeAny, statIfThere } from "../base/file.ts";
import { WAKE_FOLDER } from "../core/lock_name.ts";
import type { Log } from "../log/log.ts";
import { failureOf } from "../sqlite/storage_error.ts";

/** Watches for notices of commands. */
export interface WakeFile extends Disposable {
  /** Watches again if the folder has been deleted or replaced, or could not be watched. */
  keep(): void;
}

interface Watched {
  readonly watcher: Deno.FsWatcher;
  readonly path: string;
  readonly identity: string;
}

/**
 * Calls `onNotice` soon after a command has touched a file in the folder `wake` beside the database. That is
 * only for speed: what commands ask for is in the database, and each tick finds it, too.
 */
export function watchWakeFile(statePath: string, onNotice: () => void, log: Log): WakeFile {
  let watched: Watched | undefined;
  let hasFailed = false;

  function open(): void {
    const path = join(dirname(realPath(statePath)), WAKE_FOLDER);
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
    const found = statIfThere(path);
    removeFifos(path);
    if (found === undefined || watched?.identity === identityOf(found)) return;
    watched?.watcher.close();
    const watcher = Deno.watchFs(path, { recursive: false });
    watched = { watcher, path, identity: identityOf(found) };
    hear(watched);
  }

  async function hear({ watcher, path }: Watched): Promise<void> {
    for await (const { kind, paths } of watcher) {
      if (kind === "create" || kind === "modify") onNotice();
      // A new folder may get the number of the deleted one.
      if (kind === "remove" && paths.includes(path)) break;
    }
    if (watched?.watcher === watcher) watched = undefined;
  }

  function keep(): void {
    try {
      open();
      hasFailed = false;
    } catch (error) {
      if (!hasFailed) log.warn("Commands take effect only at ticks", { error: messageOf(error) });
      hasFailed = true;
    }
  }

  keep();
  return {
    keep,
    [Symbol.dispose]() {
      const last = watched;
      watched = undefined;
      if (last === undefined) return;
      failureOf(() => removeFifos(last.path));
      last.watcher.close();
    },
  };
}

/**
 * Deno's watcher opens each new file of the folder. At a FIFO it would wait for ever, and then so would the
 * end of this process.
 */
function removeFifos(folder: string): void {
  for (const { name, isFile } of Deno.readDirSync(folder)) {
    const path = join(folder, name);
    const found = isFile ? undefined : lstatIfThere(path);
    if (found?.isFifo) removeAny(path, found);
  }
}
