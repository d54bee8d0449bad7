#!/usr/bin/env node
// Checks whether config.url changed, using the ETag of its last response. Needs Node 18 for fetch.
//
// A failed run changes no state, so after an error the next run uses the same ETag again.

import { readFileSync } from "node:fs";

const TIMEOUT_MS = 20_000;
const MAX_ETAG = 500; // keeps the state small; a longer ETag is not stored

async function poll(config, state) {
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

const { config, state } = JSON.parse(readFileSync(0, "utf8"));
let answer;
try {
  answer = await poll(config, state);
} catch (error) {
  answer = { status: "error", error: `No answer: ${error.cause?.message ?? error.message}` };
}
console.log(JSON.stringify(answer));
