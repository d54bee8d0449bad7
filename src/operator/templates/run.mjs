#!/usr/bin/env node
// Reads one JSON object on stdin (job_id, config, state ...) and writes one on stdout.
import { readFileSync } from "node:fs";

const { config, state } = JSON.parse(readFileSync(0, "utf8"));

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
