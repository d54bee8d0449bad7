import * as Ajv from "ajv";
import assert from "node:assert/strict";
import { parseIsoTime } from "../../src/base/iso_time.ts";
import { isJsonObject } from "../../src/base/json.ts";

const SCHEMAS = new URL("../../schemas/", import.meta.url);

/**
 * Parses what a command printed with `--json`. Fails if it does not match its committed schema, or has a
 * key that the schema does not name.
 */
// deno-lint-ignore no-explicit-any
export function parsePrinted(command: string, text: string): any {
  const schema = Deno.readTextFileSync(new URL(`${command}.schema.json`, SCHEMAS));
  const closed = JSON.parse(schema, closeObject) as Ajv.AnySchema;
  const validate = new Ajv.Ajv({ allErrors: true, formats: FORMATS }).compile(closed);
  const value: unknown = JSON.parse(text);
  assert.ok(validate(value), JSON.stringify(validate.errors, null, 2));
  return value;
}

const FORMATS = { "date-time": (text: string) => parseIsoTime(text) !== undefined };

/** The committed schemas allow new keys; a test must not. */
function closeObject(_key: string, node: unknown): unknown {
  const isClosed = isJsonObject(node) && isJsonObject(node.properties) &&
    node.additionalProperties === undefined;
  return isClosed ? { ...node, additionalProperties: false } : node;
}
