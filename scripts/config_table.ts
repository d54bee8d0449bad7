import { isJsonObject, type JsonObject } from "../src/base/json.ts";

/** Parts whose keys are those of an entry, so one row says it. */
const LIKE_AN_ENTRY = ["defaults"];

type Row = readonly [key: string, standard: string, meaning: string];

/** The keys of a JSON Schema of `config.yaml` as a Markdown table, as `deno fmt` aligns it. */
export function renderConfigTable(schema: unknown): string {
  const head: Row = ["key", "default", "meaning"];
  const rows = [head, ...rowsOf(propertiesOf(schema), "", requiredOf(schema))];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [first = "", ...others] = rows.map(line);
  return [first, line(widths.map((width) => "-".repeat(width))), ...others].join("\n");
}

function rowsOf(schemas: JsonObject, prefix: string, required: readonly unknown[]): Row[] {
  return Object.entries(schemas).flatMap(([key, schema]): Row[] => {
    if (!isJsonObject(schema)) return [];
    const entry = schema.additionalProperties;
    if (isJsonObject(entry) && isJsonObject(entry.properties)) {
      return rowsOf(entry.properties, `${prefix}${key}.NAME.`, requiredOf(entry));
    }
    const inner = propertiesOf(schema);
    if (Object.keys(inner).length > 0 && !LIKE_AN_ENTRY.includes(key)) {
      return rowsOf(inner, `${prefix}${key}.`, requiredOf(schema));
    }
    const standard = required.includes(key) ? "required" : describeDefault(schema);
    const row: Row = [`\`${prefix}${key}\``, standard, String(schema.description)];
    return [row, ...rowsOf(propertiesOf(optionOf(schema)), `${prefix}${key}.`, [])];
  });
}

/** What a part that is off by default may be set to. */
function optionOf({ anyOf }: JsonObject): unknown {
  return Array.isArray(anyOf) ? anyOf.at(-1) : undefined;
}

/** A dash where the meaning says what holds if the key is left out. */
function describeDefault(schema: JsonObject): string {
  const isOff = optionOf(schema) !== undefined;
  return schema.default === undefined && !isOff ? "-" : quote(schema.default ?? false);
}

function propertiesOf(schema: unknown): JsonObject {
  return isJsonObject(schema) && isJsonObject(schema.properties) ? schema.properties : {};
}

function requiredOf(schema: unknown): readonly unknown[] {
  return isJsonObject(schema) && Array.isArray(schema.required) ? schema.required : [];
}

function quote(value: unknown): string {
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}
