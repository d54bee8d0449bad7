#!/usr/bin/env -S deno run --quiet --no-prompt --allow-net
// Asks config.url with an access token, which config.token_url gives for a refresh token. Each use of
// a refresh token may make it invalid, and gives a new one (RFC 6749, section 6).
//
// So the new one must be stored even if something fails afterwards: the manifest names it in
// state_on_error, and the answer has it in state_updates, also with the status error.

const TIMEOUT_MS = 20_000;

async function ask(what: string, url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${what}: HTTP status ${response.status}`);
  }
  return response;
}

const { config, state } = await new Response(Deno.stdin.readable).json();
const updates: Record<string, unknown> = {};
let answer: unknown;
try {
  const token = state.refresh_token ?? config.first_token ?? "";
  const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token: token });
  const renewed = await (await ask("token_url", config.token_url, { method: "POST", body })).json();
  updates.refresh_token = renewed.refresh_token ?? token;
  const headers = { Authorization: `Bearer ${renewed.access_token}` };
  const response = await ask("url", config.url, { headers });
  await response.body?.cancel();
  answer = { status: "ok", state_updates: { ...updates, last_status: response.status } };
} catch (error) {
  // What fetch or the JSON parser says may quote the address or the token.
  const isQuoting = error instanceof TypeError || error instanceof SyntaxError;
  const text = isQuoting || !(error instanceof Error) ? "no usable answer" : error.message;
  answer = { status: "error", error: text, state_updates: updates };
}
console.log(JSON.stringify(answer));
