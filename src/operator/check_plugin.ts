import { complain } from "../base/complain.ts";
import { ExitCode } from "../base/exit_code.ts";
import type { JsonObject } from "../base/json.ts";
import { defaultEntry } from "../config/config.ts";
import { checkPlugin } from "../conformance/checks.ts";
import { renderJson, renderText } from "../conformance/report.ts";
import type { Seat } from "./command.ts";
import { print } from "./print.ts";

interface Flags {
  readonly config?: JsonObject;
  /** The names of variables to pass on. */
  readonly env?: readonly string[];
  /** In milliseconds; the default is that of an entry. */
  readonly timeout?: number;
  readonly json?: boolean;
}

/** Checks the plugin in `folder`, prints the results, and returns the program's exit code. */
export async function checkPluginFolder(
  { env }: Seat,
  { config = {}, env: names = [], timeout, json }: Flags,
  folder: string,
): Promise<ExitCode> {
  using interrupt = listenForInterrupt();
  const results = await checkPlugin({
    folder,
    config,
    env,
    names,
    timeoutMs: timeout ?? defaultEntry("any").timeoutsMs.poll,
    interrupt: interrupt.signal,
  });
  if (interrupt.signal.aborted) return ExitCode.failure;
  const printed = print(json ? renderJson(folder, results) : renderText(results));
  return results.some(({ outcome }) => outcome === "fail") ? ExitCode.failure : printed;
}

/** The plugin has its own process group, so this program must pass ctrl-C on. */
function listenForInterrupt(): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const listener = () => {
    if (!controller.signal.aborted) complain("Interrupted, ending the plugin within 5 s");
    controller.abort();
  };
  Deno.addSignalListener("SIGINT", listener);
  Deno.addSignalListener("SIGTERM", listener);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      Deno.removeSignalListener("SIGINT", listener);
      Deno.removeSignalListener("SIGTERM", listener);
    },
  };
}
