import assert from "node:assert/strict";
import { type Reason, storedUpdates } from "../../src/core/ending.ts";
import { answerOf, failure, success } from "../support/jobs.ts";

const UPDATES = { token: "new", cursor: 7 };

Deno.test("a success stores all updates, whatever the manifest names", () => {
  assert.deepEqual(storedUpdates(success(UPDATES), []), UPDATES);
  assert.deepEqual(storedUpdates(success(UPDATES), ["token"]), UPDATES);
});

Deno.test("an answer that says error stores only the named keys", () => {
  const ending = { ...failure("error"), answer: answerOf({ updates: UPDATES }) };
  assert.deepEqual(storedUpdates(ending, []), {});
  assert.deepEqual(storedUpdates(ending, ["token", "absent"]), { token: "new" });
});

Deno.test("any other failure stores nothing, even with a valid answer", () => {
  const others: readonly Reason[] = [
    ...["timeout", "exit", "protocol", "state", "spawn", "output", "row"] as const,
    ...["internal", "interrupted"] as const,
  ];
  for (const reason of others) {
    const ending = { ...failure(reason), answer: answerOf({ updates: UPDATES }) };
    assert.deepEqual(storedUpdates(ending, ["token"]), {}, reason);
  }
});

Deno.test("a failure without an answer stores no updates", () => {
  assert.deepEqual(storedUpdates(failure("error"), ["token"]), {});
});

Deno.test("__proto__ is a plain key, and is stored if it is named", () => {
  const updates = JSON.parse('{"__proto__": 1}');
  const ending = { ...failure("error"), answer: answerOf({ updates }) };
  assert.deepEqual(Object.keys(storedUpdates(ending, ["__proto__"])), ["__proto__"]);
});
