import { DatabaseSync } from "node:sqlite";
import { type GatewayProcess, startGateway, type StartOptions } from "./gateway_process.ts";

/** A plugin to write: its script, and its entry in `config.yaml` as YAML flow text. */
export interface TestPlugin {
  readonly script: string;
  readonly entry?: string;
}

/** A folder that {@link createSite} made. */
export type Site = ReturnType<typeof createSite>;

/** A temporary folder with a config and plugins, in which to start gateways. */
export function createSite(plugins: Readonly<Record<string, TestPlugin>>, service = "") {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-site-" }));
  const entries = Object.entries(plugins).map(([name, plugin]) => {
    writePlugin(`${folder}/plugins/${name}`, name, plugin.script);
    return `  ${name}: ${plugin.entry ?? "{ schedule: { every: 1h } }"}`;
  });
  Deno.writeTextFileSync(
    `${folder}/config.yaml`,
    `service: { tick_interval: 100ms, log_level: debug ${service && `, ${service}`} }\n` +
      `plugins:\n${entries.join("\n")}\n`,
  );
  const started: GatewayProcess[] = [];

  return {
    folder,
    start(options: StartOptions = {}) {
      const args = ["start", "--config", `${folder}/config.yaml`];
      const gateway = startGateway({ args, ...options }, folder);
      started.push(gateway);
      return gateway;
    },
    /** Returns all rows of a query on the gateway's database. */
    query(sql: string): Record<string, unknown>[] {
      using db = new DatabaseSync(`${folder}/data/state.db`, { timeout: 5_000 });
      return db.prepare(sql).all().map((row) => ({ ...row }));
    },
    /** Runs statements on the gateway's database, as an operator would. */
    execute(sql: string): void {
      using db = new DatabaseSync(`${folder}/data/state.db`, { timeout: 5_000 });
      db.exec(sql);
    },
    async killAll(): Promise<void> {
      for (const gateway of started) await gateway.kill();
    },
    async [Symbol.asyncDispose]() {
      for (const gateway of started) await gateway.kill();
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

/** Writes a plugin folder with its manifest and its executable. */
export function writePlugin(folder: string, name: string, script: string): void {
  Deno.mkdirSync(folder, { recursive: true });
  Deno.writeTextFileSync(
    `${folder}/manifest.yaml`,
    `name: ${name}\nprotocol: 1\nentrypoint: run.sh\ncommands: [poll]\n`,
  );
  Deno.writeTextFileSync(`${folder}/run.sh`, script);
  Deno.chmodSync(`${folder}/run.sh`, 0o755);
}
