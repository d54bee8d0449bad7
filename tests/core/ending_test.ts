import assert from "node:assert/strict";
import { type Reason, storedUpdates } from "../../src/core/ending.ts";
import { answerOf, failure, success } from "../support/jobs.ts";

const UPDATES = { token: "new", cursor: 7 };

Deno.test("all updates of a success are stored, whatever the manifest names", () => {
  assert.deepEqual(storedUpdates(success(UPDATES), []), UPDATES);
  assert.deepEqual(storedUpdates(success(UPDATES), ["token"]), UPDATES);
});

Deno.test("of an answer that says error, only the named keys are stored", () => {
  const ending = { ...failure("error"), answer: answerOf({ updates: UPDATES }) };
  assert.deepEqual(storedUpdates(ending, []), {});
  assert.deepEqual(storedUpdates(ending, ["token", "absent"]), { token: "new" });
});

Deno.test("nothing is stored of any other failure, even if it has a valid answer", () => {
  const others: readonly Reason[] = [
    ...["timeout", "exit", "protocol", "state", "spawn", "output", "row"] as const,
    ...["internal", "interrupted"] as const,
  ];
  for (const reason of others) {
    const ending = { ...failure(reason), answer: answerOf({ updates: UPDATES }) };
    assert.deepEqual(storedUpdates(ending, ["token"]), {}, reason);
  }
});

Deno.test("no updates are stored of a failure without an answer", () => {
  assert.deepEqual(storedUpdates(failure("error"), ["token"]), {});
});

Deno.test("__proto__ is a plain key, and stored if it is named", () => {
  const updates = JSON.parse('{"__proto__": 1}');
  const ending = { ...failure("error"), answer: answerOf({ updates }) };
  assert.deepEqual(Object.keys(storedUpdates(ending, ["__proto__"])), ["__proto__"]);
});
