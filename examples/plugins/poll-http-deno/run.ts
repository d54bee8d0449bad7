#!/usr/bin/env -S deno run --quiet --no-prompt --allow-net
// Checks whether config.url changed, using the ETag of its last response.
//
// A failed run changes no state, so after an error the next run uses the same ETag again.

const TIMEOUT_MS = 20_000;
const MAX_ETAG = 500; // keeps the state small; a longer ETag is not stored

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
    : "first response, or no ETag before";
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
  // The cause contains the address, and that may hold a token, which must not reach the log.
  const cause = error instanceof Error ? error.cause ?? error.message : error;
  const text = String(cause).replaceAll(config.url, "config.url");
  answer = { status: "error", error: `No answer: ${text}` };
}
console.log(JSON.stringify(answer));
