import { type Document, type Scalar, visit } from "yaml";
import { rawNumber } from "../base/json.ts";

/** A number in decimal, as YAML takes it: `+1`, `.5`, `1.` and `007` are none in JSON. */
const DECIMAL = /^([-+]?)0*(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d+))?$/;

/** Whether a scalar is one of the numbers that JSON has no way to write: infinite, or none at all. */
export function isNoNumber({ value, source }: Scalar): boolean {
  return typeof value === "number" && !Number.isFinite(value) &&
    (source === undefined || jsonOf(source) === undefined);
}

/** Gives every number that a double cannot hold exactly the value of `rawNumber`. */
export function keepDigits(doc: Document): void {
  visit(doc, {
    Scalar(_key, node) {
      if (typeof node.value !== "number" || node.source === undefined) return;
      const json = jsonOf(node.source);
      if (json !== undefined && !isSameNumber(json, String(node.value))) {
        node.value = rawNumber(json);
      }
    },
  });
}

/** A number of YAML as JSON writes it, with every digit; `undefined` if it has none. */
function jsonOf(source: string): string | undefined {
  if (/^0[xo]/.test(source)) return String(BigInt(source));
  const [whole, sign, int, fraction = "", exponent] = DECIMAL.exec(source) ?? [];
  if (whole === undefined) return undefined;
  const digits = `${sign === "-" ? "-" : ""}${int || "0"}${fraction && `.${fraction}`}`;
  return exponent === undefined ? digits : `${digits}e${exponent}`;
}

/** Whether two numbers are the same, but for how they are written. */
function isSameNumber(a: string, b: string): boolean {
  return a === b || canonical(a) === canonical(b);
}

/** Sign, digits without zeros around them, and the power of ten that they count. */
function canonical(json: string): string {
  const [, sign, int = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d*))?(?:e([-+]?\d+))?$/.exec(json) ?? [];
  const all = (int + fraction).replace(/^0+/, "");
  const digits = all.replace(/(?<!0)0+$/, "");
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(all.length - digits.length);
  return digits === "" ? `${sign}0` : `${sign}${digits}e${power}`;
}
