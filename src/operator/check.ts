import { dirname, join, relative, resolve } from "node:path";
import * as z from "zod/mini";
import { ExitCode } from "../base/exit_code.ts";
import { formatJson } from "../base/json.ts";
import { type Config, loadConfig, locateIn } from "../config/config.ts";
import { describeProblem, type FileProblem, inOrder } from "../document/problem.ts";
import type { Locate } from "../document/yaml_file.ts";
import type { Refusal } from "../plugin/refusal.ts";
import { loadSetup, locateUnlisted } from "../plugin/setup.ts";
import { print } from "./print.ts";

const problemSchema = z.object({
  file: z.string()
    .check(z.describe("The file, relative to the config's folder if it is inside")),
  line: z.optional(z.int().check(z.minimum(1)))
    .check(z.describe("Missing if the file cannot be read")),
  column: z.optional(z.int().check(z.minimum(1))),
  path: z.array(z.string()).check(z.describe("The keys that lead to it")),
  message: z.string().check(z.describe("What is wrong and how to fix it, for people")),
});

/** What `check --json` prints. */
export const checkSchema = z.object({
  config: z.string().check(z.describe("The config file, as an absolute path")),
  ok: z.boolean()
    .check(z.describe("Whether the gateway would start with all enabled plugins")),
  plugins: z.array(z.string()).check(z.describe("The plugins that would run")),
  disabled: z.array(z.string()).check(z.describe("The plugins with enabled: false")),
  problems: z.array(problemSchema),
  warnings: z.array(problemSchema).check(z.describe("What start would only warn about")),
});

/** What {@link inspect} found. */
export type ConfigCheck = Readonly<z.output<typeof checkSchema>>;

type Found = z.output<typeof problemSchema>;

/** Says what `start` would make of the config at `path`, and returns the program's exit code. */
export function checkConfig(
  path: string,
  asJson: boolean,
  env: Readonly<Record<string, string>>,
): ExitCode {
  const found = inspect(path, env);
  const printed = print(asJson ? formatJson(found) : renderText(found));
  return found.ok ? printed : ExitCode.badConfig;
}

/** Reads the config and looks for its plugins as `start` does. */
export function inspect(path: string, env: Readonly<Record<string, string>>): ConfigCheck {
  const loaded = loadConfig(path, (name) => env[name]);
  if (!loaded.ok) {
    const problems = loaded.problems.map((problem) => toFound(problem));
    return { config: resolve(path), ok: false, plugins: [], disabled: [], problems, warnings: [] };
  }
  const { config } = loaded;
  const setup = loadSetup(config);
  const { plugins, refused, warnings, redact } = setup;
  const locate = locateIn(config);
  const problems = refused.flatMap(({ plugin, refusals }) =>
    refusals.map((refusal) => placeRefusal(config, locate, plugin, refusal))
  );
  if (config.plugins.length === 0) {
    const message = "no plugin is enabled; add one, or set enabled: true";
    problems.push(toFound(locate({ code: "invalid", path: ["plugins"], message })));
  }
  const ofConfig = inOrder([
    ...config.warnings,
    ...locateUnlisted(setup).map(({ warning }) => warning),
  ]).map((warning) => toFound(warning));
  const ofManifests = warnings.map(({ plugin, warning }) =>
    toFound(warning, manifestOf(config, plugin))
  );
  const masked = (found: Found) => ({ ...found, message: redact(found.message) });
  return {
    config: config.path,
    ok: problems.length === 0,
    plugins: [...plugins.keys()],
    disabled: [...config.disabled],
    problems: problems.map(masked),
    warnings: [...ofConfig, ...ofManifests].map(masked),
  };
}

/** Where a plugin is refused: in its manifest if the problem is there, else at its entry. */
function placeRefusal(
  config: Config,
  locate: Locate,
  plugin: string,
  { code, error: message, problem }: Refusal,
): Found {
  if (problem !== undefined) return toFound(problem, manifestOf(config, plugin));
  const key = code === "config keys" ? ["config"] : [];
  return toFound(locate({ code: "invalid", path: ["plugins", plugin, ...key], message }));
}

function manifestOf({ path, pluginsDir }: Config, plugin: string): string {
  const manifest = join(pluginsDir, plugin, "manifest.yaml");
  const inside = relative(dirname(path), manifest);
  return inside.startsWith("../") ? manifest : inside;
}

function toFound({ file, place, path, message }: FileProblem, shown = file): Found {
  return { file: shown, ...place, path: path.map(String), message };
}

/** A line for each problem and warning; the verdict is last, so that a terminal shows it. */
function renderText(found: ConfigCheck): string {
  return [
    ...found.problems.map(renderFound),
    ...found.warnings.map((warning) => `warning: ${renderFound(warning)}`),
    renderVerdict(found),
  ].join("\n");
}

function renderFound({ line, column, ...problem }: Found): string {
  const place = line === undefined || column === undefined ? undefined : { line, column };
  return describeProblem({ code: "invalid", ...problem, place });
}

function renderVerdict({ config, ok, plugins, disabled, problems, warnings }: ConfigCheck): string {
  const run = plugins.length === 0 ? "no plugin would run" : `would run ${plugins.join(", ")}`;
  const off = disabled.length === 0 ? "" : `; disabled: ${disabled.join(", ")}`;
  const counts = [count(problems, "problem"), count(warnings, "warning")].filter((text) =>
    text !== ""
  );
  return `${config}: ${[ok ? "good" : "", ...counts].filter(Boolean).join(", ")}; ${run}${off}`;
}

function count(list: readonly unknown[], word: string): string {
  if (list.length === 0) return "";
  return `${list.length} ${word}${list.length === 1 ? "" : "s"}`;
}
