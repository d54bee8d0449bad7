import { createWake } from "../../src/base/wake.ts";

Deno.test("a wake-up before the sleep is not lost", async () => {
  const wake = createWake();
  wake.wake();
  await wake.sleep(new AbortController().signal);
});
