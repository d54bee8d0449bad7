import assert from "node:assert/strict";
import { describeUnknown } from "../../src/operator/entry_name.ts";

const unknown: readonly (readonly [name: string, known: readonly string[], error: string])[] = [
  ["calender", ["calendar", "mail"], "error: unknown entry 'calender', did you mean 'calendar'?"],
  ["MAIL", ["calendar", "mail"], "error: unknown entry 'MAIL', did you mean 'mail'?"],
  ["wea", ["mail", "weather-vienna"], "error: unknown entry 'wea', did you mean 'weather-vienna'?"],
  ["m", ["mail-home", "mail-work"], "error: unknown entry 'm'; known: mail-home, mail-work"],
  [
    "x",
    ["one", "two", "three", "four", "five", "sixteen"],
    "error: unknown entry 'x'; senechal-gw status lists them",
  ],
  ["mail", [], "error: unknown entry 'mail': no gateway has run here yet"],
  ["a\x1b[2J\nb", ["mail"], "error: unknown entry 'a\\u001b[2J\\u000ab'; known: mail"],
];
for (const [name, known, error] of unknown) {
  Deno.test(`an unknown entry is named with what was meant: ${JSON.stringify(name)}`, () => {
    assert.equal(describeUnknown(name, known), error);
  });
}
