import { type Document, type Scalar, visit } from "yaml";
import { rawNumber } from "../base/json.ts";

/** A decimal number of YAML. JSON does not allow `+1`, `.5`, `1.` and `007`. */
const DECIMAL = /^([-+]?)0*(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d+))?$/;

/** Whether a scalar is a number that JSON cannot represent: infinite, or not a number. */
export function isNoNumber({ value, source }: Scalar): boolean {
  return typeof value === "number" && !Number.isFinite(value) &&
    (source === undefined || jsonOf(source) === undefined);
}

/** Turns every number that a double cannot hold exactly into a `rawNumber`. */
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

/** A YAML number as JSON writes it, with every digit; `undefined` if JSON cannot represent it. */
function jsonOf(source: string): string | undefined {
  if (/^0[xo]/.test(source)) return String(BigInt(source));
  const [whole, sign, int, fraction = "", exponent] = DECIMAL.exec(source) ?? [];
  if (whole === undefined) return undefined;
  const digits = `${sign === "-" ? "-" : ""}${int || "0"}${fraction && `.${fraction}`}`;
  return exponent === undefined ? digits : `${digits}e${exponent}`;
}

/** Whether two numbers are equal, however they are written. */
function isSameNumber(a: string, b: string): boolean {
  return a === b || canonical(a) === canonical(b);
}

/** Sign, digits without leading and trailing zeros, and the power of ten of the last digit. */
function canonical(json: string): string {
  const [, sign, int = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d*))?(?:e([-+]?\d+))?$/.exec(json) ?? [];
  const all = (int + fraction).replace(/^0+/, "");
  const digits = all.replace(/(?<!0)0+$/, "");
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(all.length - digits.length);
  return digits === "" ? `${sign}0` : `${sign}${digits}e${power}`;
}
