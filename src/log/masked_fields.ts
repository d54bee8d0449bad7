import { isJsonObject } from "../base/json.ts";
import { asIs, type Redact } from "../base/redact.ts";
import type { LogFields } from "./text.ts";

/** The fields of a line with every text in them masked, however deep; names of fields, too. */
export function maskFields(fields: LogFields, redact: Redact): LogFields {
  if (redact === asIs) return fields;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [redact(name), maskValue(value, redact)]),
  );
}

function maskValue(value: unknown, redact: Redact): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => maskValue(item, redact));
  return isJsonObject(value) ? maskFields(value, redact) : value;
}
