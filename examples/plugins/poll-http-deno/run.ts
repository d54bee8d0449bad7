#!/usr/bin/env -S deno run --quiet --no-prompt --allow-net
// Asks config.url whether it changed, with the ETag that it gave last time.
//
// A failed run changes no state, so after an error the next run asks with the same ETag again.

const TIMEOUT_MS = 20_000;
const MAX_ETAG = 500; // keeps the state small; a longer one is not kept

async function poll(config: { url: string }, state: { etag?: string | null }) {
  const response = await fetch(config.url, {
    headers: state.etag ? { "If-None-Match": state.etag } : {},
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.body?.cancel();
  const { status } = response;
  if (status !== 200 && status !== 304) {
    return { status: "error", error: `HTTP status ${status}` };
  }
  const etag = response.headers.get("ETag") ?? (status === 304 ? state.etag : null);
  const message = status === 304
    ? "unchanged"
    : state.etag
    ? "changed"
    : "read for the first time, or without an ETag before";
  return {
    status: "ok",
    state_updates: {
      etag: etag && etag.length <= MAX_ETAG ? etag : null,
      last_status: status,
    },
    logs: [{ level: "info", message }],
  };
}

const { config, state } = await new Response(Deno.stdin.readable).json();
let answer: unknown;
try {
  answer = await poll(config, state);
} catch (error) {
  // The cause has the address in it, which may hold a token; a log is no place for that.
  const cause = error instanceof Error ? error.cause ?? error.message : error;
  const text = String(cause).replaceAll(config.url, "config.url");
  answer = { status: "error", error: `No answer: ${text}` };
}
console.log(JSON.stringify(answer));
