import assert from "node:assert/strict";
import { createWake } from "../../src/base/wake.ts";

const NEVER = new AbortController().signal;

Deno.test("a wake-up before the sleep is not lost", async () => {
  const wake = createWake();
  wake.wake();
  await wake.sleep(NEVER);
});

Deno.test("a sleep ends after its limit, and however it ends, the next one is a sleep", async () => {
  const wake = createWake();
  await wake.sleep(NEVER, 1);
  const second = wake.sleep(NEVER, 60_000);
  wake.wake();
  await second;
  let isAwake = false;
  const third = wake.sleep(NEVER).then(() => isAwake = true);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(isAwake, false);
  wake.wake();
  await third;
});
