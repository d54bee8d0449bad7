#!/usr/bin/env -S deno run --quiet --no-prompt --no-config
// Reads one JSON object on stdin (job_id, config, state ...) and writes one on stdout. What it may do
// stands in the first line: --allow-net=api.example.com

const { config, state } = await new Response(Deno.stdin.readable).json();

// Do the work here. What goes wrong: { status: "error", error: "why" }
const runs = (state.runs ?? 0) + 1;
const answer = {
  status: "ok",
  state_updates: { runs },
  logs: [{
    level: "info",
    message: `run ${runs} with ${Object.keys(config).length} keys of config`,
  }],
};

console.log(JSON.stringify(answer));
