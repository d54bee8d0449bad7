import { isoTime } from "../base/iso_time.ts";

/** The variables a plugin gets besides its own `env` list, as from cron and systemd. */
const PASSED = new Set([
  ...["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR"],
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"],
  ...["http_proxy", "https_proxy", "no_proxy", "all_proxy"],
  ...[
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
  ],
]);

/** The PATH of a gateway that was started without one. */
const DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

/** If PATH has no `node`, Deno prepends a folder of this name, with itself as `node`. */
const DENO_FOLDER = "/node_compat_bin";

/** The variable that marks every process of a job with the job's id. */
export const JOB_ID = "SENECHAL_JOB_ID";

/** The time that the run is meant for, in ISO 8601. */
const DUE_AT = "SENECHAL_DUE_AT";

/** What the gateway adds for a plugin. If it had these itself, it would mark its own processes. */
export const ADDED: readonly string[] = [JOB_ID, "SENECHAL_PLUGIN", DUE_AT];

/**
 * The PATH that a program was started with, without what Deno adds; a usual one if it is empty.
 *
 * @param last a folder for its end, unless it is there.
 */
export function searchPath(path = "", last?: string): string {
  const kept = path.split(":").filter((folder) => !folder.endsWith(DENO_FOLDER));
  const folders = (kept.join(":") || DEFAULT_PATH).split(":");
  return last === undefined || folders.includes(last)
    ? folders.join(":")
    : [...folders, last].join(":");
}

/**
 * The environment of a plugin process: a fixed list, `LC_*` and what the plugin's `env` names from
 * the gateway's own, and who the plugin is. Everything else stays with the gateway.
 */
export function pluginEnvironment(
  gatewayEnv: Readonly<Record<string, string>>,
  plugin: { readonly name: string; readonly env: readonly string[] },
  { jobId, dueAt }: { readonly jobId: string; readonly dueAt: number },
): Record<string, string> {
  const passed = Object.entries(gatewayEnv).filter(([name]) =>
    PASSED.has(name) || name.startsWith("LC_") || plugin.env.includes(name)
  );
  return {
    ...Object.fromEntries(passed),
    PATH: searchPath(gatewayEnv.PATH),
    [JOB_ID]: jobId,
    SENECHAL_PLUGIN: plugin.name,
    [DUE_AT]: isoTime(dueAt),
  };
}
