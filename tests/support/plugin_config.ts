import type { PluginConfig } from "../../src/config/config.ts";

/** What `config.yaml` comes to for a plugin of which it says nothing but `every: 5m`. */
export function pluginConfig(changes: Partial<PluginConfig> = {}): PluginConfig {
  return {
    name: "echo",
    everyMs: 300_000,
    jitterMs: 0,
    config: {},
    pollTimeoutMs: 60_000,
    maxAttempts: 4,
    env: [],
    ...changes,
  };
}
