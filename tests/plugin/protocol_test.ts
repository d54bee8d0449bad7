import fc from "fast-check";
import assert from "node:assert/strict";
import { encodeRequest, parseResponse } from "../../src/plugin/protocol.ts";
import { answerOf } from "../support/jobs.ts";

const parse = (text: string) => parseResponse(new TextEncoder().encode(text));

function errorOf(text: string): string {
  const parsed = parse(text);
  assert.ok(!parsed.ok, `accepted ${text}`);
  return parsed.error;
}

const TIMES = { deadlineAt: 0, dueAt: 0, attempt: 1 };

Deno.test("a request is one line of JSON with the eight fields of protocol 1", () => {
  const bytes = encodeRequest({
    jobId: "j1",
    command: "poll",
    config: { token: "t\n" },
    state: { seen: [1, null] },
    deadlineAt: Date.parse("2026-01-31T12:00:00.000Z"),
    dueAt: Date.parse("2026-01-31T11:00:00.000Z"),
    attempt: 2,
  });
  const text = new TextDecoder().decode(bytes);
  assert.equal(text.indexOf("\n"), text.length - 1);
  assert.deepEqual(JSON.parse(text), {
    protocol: 1,
    job_id: "j1",
    command: "poll",
    config: { token: "t\n" },
    state: { seen: [1, null] },
    deadline_at: "2026-01-31T12:00:00.000Z",
    due_at: "2026-01-31T11:00:00.000Z",
    attempt: 2,
  });
});

Deno.test("status alone is an answer; the rest has defaults", () => {
  assert.deepEqual(parse(' {"status":"ok"}\r\n'), {
    ok: true,
    response: {
      status: "ok",
      error: undefined,
      answer: answerOf(),
    },
  });
});

Deno.test("every field of a valid answer is kept, and unknown ones are ignored", () => {
  const head = { status: "error", error: "no token" };
  const rest = {
    retry: false,
    events: [{ any: "thing" }, 1],
    logs: [{ level: "warn", message: "m" }, { message: "n" }],
  };
  const updates = { a: null, nested: { b: [1] } };
  const parsed = parse(JSON.stringify({ ...head, ...rest, state_updates: updates, later: true }));
  assert.deepEqual(parsed, {
    ok: true,
    response: { ...head, answer: answerOf({ ...rest, updates }) },
  });
});

Deno.test("__proto__ and constructor are keys of the state like any other", () => {
  const parsed = parse('{"status":"ok","state_updates":{"__proto__":{"x":1},"constructor":2}}');
  assert.ok(parsed.ok);
  assert.deepEqual(Object.keys(parsed.response.answer.updates), ["__proto__", "constructor"]);
  assert.equal(Object.hasOwn(Object.prototype, "x"), false);
});

Deno.test("the error of an invalid answer says why and shows its beginning", () => {
  assert.equal(errorOf(" \n"), "stdout was empty, expected one JSON object");
  assert.equal(errorOf("hello"), 'stdout is not one JSON value; it begins "hello"');
  assert.match(errorOf('{"status":"ok"} trailing'), /^stdout is not one JSON value/);
  assert.match(errorOf('{"status":"ok"}{"status":"ok"}'), /^stdout is not one JSON value/);
  assert.equal(errorOf("[]"), 'the response is not an object; it begins "[]"');
  assert.match(errorOf("{}"), /wrong fields: status: expected "ok" or "error"/);
  assert.match(errorOf('{"status":"ok","state_updates":[]}'), /state_updates: expected an object/);
  assert.match(errorOf('{"status":"ok","logs":[{"level":1}]}'), /logs\.0\.level/);
  const long = errorOf("x".repeat(1_000));
  assert.ok(long.length < 200 && long.endsWith(" …"), long);
});

Deno.test("an answer may be 100 levels deep, brackets in texts not counted, and no deeper", () => {
  const nested = (levels: number) =>
    `{"status":"ok","error":"[[ \\" {{","x":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;
  assert.ok(parse(nested(100)).ok);
  for (const levels of [101, 100_000]) {
    assert.match(
      errorOf(nested(levels)),
      /^stdout is nested more than 100 levels deep; it begins /,
    );
  }
  assert.match(errorOf("[".repeat(100_000)), /^stdout is nested more than 100 levels deep/);
});

Deno.test("an answer of more than a million values is refused before it is parsed", () => {
  const listing = (count: number) => `{"status":"ok","x":[${"0,".repeat(count)}0]}`;
  assert.ok(parse(listing(900_000)).ok);
  assert.match(errorOf(listing(1_000_000)), /^stdout holds more than 1000000 values; it begins /);
});

Deno.test("only the first logs and events are checked and kept, and the others counted", () => {
  const logs = [...Array(100).fill({ message: "m" }), ...Array(7).fill(1)];
  const events = Array(1_003).fill(0);
  const parsed = parse(JSON.stringify({ status: "ok", logs, events }));
  assert.ok(parsed.ok);
  const { answer } = parsed.response;
  assert.deepEqual([answer.logs.length, answer.events.length], [100, 1_000]);
  assert.deepEqual(answer.leftOut, { logs: 7, events: 3 });
  assert.match(errorOf(`{"status":"ok","logs":[${"1,".repeat(400_000)}1]}`), /^[^;]+(;[^;]+){5}$/);
});

Deno.test("numbers are kept digit for digit, and no string is taken for a number", () => {
  const updates =
    '{"a":[9007199254740993,-1e400,-0,1.0,0.1234567890123456789,1e-400],"b":"1.0 \\"1e400"}';
  const parsed = parse(`{"status":"ok","state_updates":${updates}}`);
  assert.ok(parsed.ok);
  const state = parsed.response.answer.updates;
  assert.equal(JSON.stringify(state), updates);
  const request = encodeRequest({ jobId: "j", command: "poll", config: {}, state, ...TIMES });
  assert.ok(new TextDecoder().decode(request).includes(updates));
  assert.match(
    errorOf('{"status":"ok","retry":1e400}'),
    /retry: expected true or false, got a num/,
  );
  assert.match(errorOf("12345678901234567890"), /^the response is not an object/);
});

const MISTYPED: readonly (readonly [answer: string, found: string])[] = [
  ['"state":{"a":1}', "state state_updates"],
  ['"state_update":{}', "state_update state_updates"],
  ['"stateUpdates":{}', "stateUpdates state_updates"],
  ['"log":[],"event":[],"Error":"x"', "log logs, event events, Error error"],
  ['"state":{"a":1},"state_updates":{}', "state state_updates"],
  ['"state":{"a":1},"state_updates":{"a":1}', ""],
  ['"stats":1,"tags":[],"jobs":[],"entry":1,"message":"m","data":{}', ""],
];

for (const [fields, found] of MISTYPED) {
  Deno.test(`in ${fields} ${found === "" ? "nothing" : found} looks mistyped`, () => {
    const parsed = parse(`{"status":"ok",${fields}}`);
    assert.ok(parsed.ok);
    const { mistyped } = parsed.response.answer;
    assert.equal(mistyped.map(({ field, meant }) => `${field} ${meant}`).join(", "), found);
  });
}

Deno.test("bytes that are not UTF-8 are refused, not replaced", () => {
  const parsed = parseResponse(Uint8Array.of(0x7b, 0xff, 0x7d));
  assert.ok(!parsed.ok);
  assert.match(parsed.error, /^stdout is not valid UTF-8/);
});

Deno.test("no bytes make the parser throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    parseResponse(bytes);
  }));
});

Deno.test("every JSON object passes through as state unchanged", () => {
  const state = fc.dictionary(fc.string(), fc.jsonValue());
  fc.assert(fc.property(state, (updates) => {
    const text = JSON.stringify({ status: "ok", state_updates: updates });
    const parsed = parse(text);
    assert.ok(parsed.ok);
    assert.equal(
      JSON.stringify(parsed.response.answer.updates),
      JSON.stringify(JSON.parse(text).state_updates),
    );
  }));
});
