import type { Log, LogFields } from "../../src/log/log.ts";
import { openStore, type Store } from "../../src/store/store.ts";

/** A store in its own folder, which is removed with it. */
export function openTempStore(): { readonly store: Store; readonly path: string } & Disposable {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-store-" });
  const path = `${folder}/state.db`;
  const store = openStore(path);
  return {
    store,
    path,
    [Symbol.dispose]() {
      store[Symbol.dispose]();
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

/** One line that a part under test logged. */
export interface LoggedLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** A log that keeps its lines for the test to read. */
export function recordingLog(): { readonly log: Log; readonly lines: LoggedLine[] } {
  const lines: LoggedLine[] = [];
  const at = (level: string) => (message: string, fields: LogFields = {}) => {
    lines.push({ level, message, fields });
  };
  return {
    log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") },
    lines,
  };
}
