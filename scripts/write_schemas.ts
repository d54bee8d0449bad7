import * as z from "zod/mini";
import { configSchema } from "../src/config/schema.ts";
import { checkPluginSchema } from "../src/conformance/report.ts";
import { checkSchema } from "../src/operator/check.ts";
import { backupSchema } from "../src/operator/backup_schema.ts";
import { doctorSchema } from "../src/operator/doctor_schema.ts";
import { jobsSchema, logSchema, wholeJobSchema } from "../src/operator/jobs_schema.ts";
import { nextSchema } from "../src/operator/next_schema.ts";
import { auditSchema } from "../src/operator/audit_schema.ts";
import { statusSchema } from "../src/operator/status_schema.ts";
import { verifySchema } from "../src/operator/verify_schema.ts";
import { whySchema } from "../src/operator/why_schema.ts";
import { manifestSchema } from "../src/plugin/manifest.ts";
import { replaceBetween } from "./between_marks.ts";
import { renderConfigTable } from "./config_table.ts";

/** A file to write, relative to the root of this project. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/** A duration as `src/base/duration.ts` reads it, or a text with a variable. */
const DURATION_PATTERN = "^((\\d+(ms|[smhdw]))+|hourly|daily|weekly)$|\\$\\{";

/**
 * The JSON Schemas of `config.yaml` and `manifest.yaml`, generated from the schemas by which the gateway
 * checks them, and those of the commands' `--json` output. They are draft 7, which every editor reads.
 */
export function generateSchemas(): readonly GeneratedFile[] {
  return [
    {
      path: "schemas/config.schema.json",
      text: render("Senechal Gateway: config.yaml", configSchema),
    },
    {
      path: "schemas/manifest.schema.json",
      text: render("Senechal Gateway: manifest.yaml of a plugin", manifestSchema),
    },
    {
      path: "schemas/check.schema.json",
      text: render("Senechal Gateway: what check --json prints", checkSchema),
    },
    {
      path: "schemas/status.schema.json",
      text: render("Senechal Gateway: what status --json prints", statusSchema),
    },
    {
      path: "schemas/jobs.schema.json",
      text: render("Senechal Gateway: what jobs --json prints", jobsSchema),
    },
    {
      path: "schemas/job.schema.json",
      text: render("Senechal Gateway: what job --json prints", wholeJobSchema),
    },
    {
      path: "schemas/log.schema.json",
      text: render("Senechal Gateway: what log --json prints", logSchema),
    },
    {
      path: "schemas/audit.schema.json",
      text: render("Senechal Gateway: what audit --json prints", auditSchema),
    },
    {
      path: "schemas/doctor.schema.json",
      text: render("Senechal Gateway: what doctor --json prints", doctorSchema),
    },
    {
      path: "schemas/next.schema.json",
      text: render("Senechal Gateway: what next --json prints", nextSchema),
    },
    {
      path: "schemas/why.schema.json",
      text: render("Senechal Gateway: what why --json prints", whySchema),
    },
    {
      path: "schemas/backup.schema.json",
      text: render("Senechal Gateway: what backup --json prints", backupSchema),
    },
    {
      path: "schemas/verify.schema.json",
      text: render("Senechal Gateway: what verify --json prints", verifySchema),
    },
    {
      path: "schemas/check-plugin.schema.json",
      text: render("Senechal Gateway: what check-plugin --json prints", checkPluginSchema),
    },
  ];
}

/** The README with the config table generated from the schema. */
export function generateReadme(): GeneratedFile {
  const config = generateSchemas().find(({ path }) => path.endsWith("config.schema.json"));
  const table = renderConfigTable(JSON.parse(config?.text ?? "{}"));
  const page = Deno.readTextFileSync(new URL("../README.md", import.meta.url));
  const begin = "<!-- deno task schemas writes from here -->\n\n";
  const text = replaceBetween(page, begin, "\n\n<!-- to here -->", table);
  return { path: "README.md", text };
}

function render(title: string, schema: z.ZodMiniType): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    target: "draft-7",
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      // Durations are the only transformed texts, and code decides which of them are valid.
      if (zodSchema instanceof z.ZodMiniPipe && zodSchema.def.in instanceof z.ZodMiniString) {
        jsonSchema.pattern = DURATION_PATTERN;
      }
      // Code also requires this one command.
      if (zodSchema === manifestSchema.shape.commands) jsonSchema.contains = { const: "poll" };
    },
  });
  return JSON.stringify({ $schema, title, ...rest }, null, 2) + "\n";
}

if (import.meta.main) {
  for (const { path, text } of [...generateSchemas(), generateReadme()]) {
    Deno.writeTextFileSync(new URL(`../${path}`, import.meta.url), text);
    console.log(`Wrote ${path}`);
  }
}
