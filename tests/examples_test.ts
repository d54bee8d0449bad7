import assert from "node:assert/strict";
import { basename } from "node:path";
import { createSubject } from "../src/conformance/subject.ts";
import type { Trial } from "../src/conformance/trial.ts";
import { storedUpdates } from "../src/core/ending.ts";
import { stateBytes } from "../src/core/state.ts";
import { type Config, loadConfig } from "../src/config/config.ts";
import { loadManifest } from "../src/plugin/manifest.ts";
import { serveEtag } from "./support/http_endpoint.ts";
import { canRun, EXAMPLES, optionsFor } from "./support/plugin_folder.ts";
import { runProgram } from "./support/program.ts";
import { run } from "./support/tools.ts";

const ROOT = new URL("..", import.meta.url).pathname;

const ETAG = 'W/"v1 \\ x"';

/** Defines a test for each example of one kind, skipped if its interpreter is missing. */
function testEach(kind: string, behaviour: string, test: (folder: string) => Promise<void>): void {
  for (const folder of EXAMPLES.filter((example) => basename(example).startsWith(`${kind}-`))) {
    const name = `${basename(folder)} ${behaviour}`;
    Deno.test({ name, ignore: !canRun(folder), fn: () => test(folder) });
  }
}

/** The log messages of a run; fails if the run did not succeed. */
function messages(trial: Trial): string[] {
  const { ending } = trial;
  assert.ok(ending.ok, ending.ok ? "" : ending.error);
  return ending.answer.logs.map(({ message }) => message);
}

function makeWatched(): { readonly folder: string } & Disposable {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-watched-" });
  return { folder, [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }) };
}

Deno.test("there are two examples in each of four languages", () => {
  const names = ["poll-http", "watch-folder"].flatMap((kind) =>
    ["bash", "deno", "node", "python"].map((language) => `${kind}-${language}`)
  );
  const others = ["rotating-token-deno"];
  assert.deepEqual(EXAMPLES.map((folder) => basename(folder)), [...names, ...others].sort());
});

testEach("watch-folder", "reports a new and a changed file, and no others", async (example) => {
  using watched = makeWatched();
  const write = (name: string, text: string) =>
    Deno.writeTextFileSync(`${watched.folder}/${name}`, text);
  write("same.txt", "1");
  write("state", "22");
  write("gone.txt", "333");
  const subject = createSubject(optionsFor(example, { folder: watched.folder }));
  assert.deepEqual(
    messages(await subject.trial("first")),
    ["new: gone.txt", "new: same.txt", "new: state"],
  );
  write("state", "22 and more");
  write("a new one.txt", "4444");
  Deno.removeSync(`${watched.folder}/gone.txt`);
  const second = await subject.trial("second");
  assert.deepEqual(messages(second), ["new: a new one.txt", "changed: state"]);
  const { files } = second.ending.answer?.updates ?? {};
  assert.deepEqual(Object.keys(files ?? {}).sort(), ["a new one.txt", "same.txt", "state"]);
});

testEach("watch-folder", "gives the same answer to the same state", async (example) => {
  using watched = makeWatched();
  Deno.writeTextFileSync(`${watched.folder}/a.txt`, "a");
  const subject = createSubject(optionsFor(example, { folder: watched.folder }));
  assert.deepEqual(messages(await subject.trial("second")), []);
  assert.deepEqual(
    (await subject.trial("second")).ending.answer,
    (await subject.trial("third")).ending.answer,
  );
});

testEach("watch-folder", "keeps its state bounded, whatever is in the folder", async (example) => {
  using watched = makeWatched();
  const names = Array.from({ length: 500 }, (_, i) => `${i}-${"x".repeat(240)}`);
  for (const name of names) Deno.writeTextFileSync(`${watched.folder}/${name}`, "");
  const subject = createSubject(optionsFor(example, { folder: watched.folder }));
  const first = await subject.trial("first");
  assert.equal(messages(first).length, 100);
  assert.equal(messages(first).at(-1), "and 401 more");
  assert.ok(stateBytes(first.ending.answer?.updates ?? {}) < 256 * 1024);
  Deno.writeTextFileSync(`${watched.folder}/one-more`, "");
  const ending = (await subject.trial("second")).ending;
  assert.match(ending.ok ? "" : ending.error, /50[01]? files/);
});

testEach("watch-folder", "answers with an error if there is no folder", async (example) => {
  const subject = createSubject(optionsFor(example, { folder: "/no/such/folder" }));
  const ending = (await subject.trial("first")).ending;
  assert.equal(!ending.ok && ending.reason, "error");
});

testEach("poll-http", "sends the ETag it saved and treats a 304 as unchanged", async (example) => {
  await using endpoint = serveEtag(ETAG);
  const subject = createSubject(optionsFor(example, { url: endpoint.url }));
  const first = await subject.trial("first");
  assert.match(messages(first).join(), /first response/);
  assert.deepEqual(first.ending.answer?.updates, { etag: ETAG, last_status: 200 });
  const second = await subject.trial("second");
  assert.deepEqual(messages(second), ["unchanged"]);
  assert.deepEqual(second.ending.answer?.updates, { etag: ETAG, last_status: 304 });
  assert.deepEqual(endpoint.asked, [null, ETAG]);
});

testEach("poll-http", "does not keep an ETag that is too long", async (example) => {
  await using endpoint = serveEtag(`"${"x".repeat(600)}"`);
  const subject = createSubject(optionsFor(example, { url: endpoint.url }));
  const first = (await subject.trial("first")).ending.answer;
  assert.deepEqual(first?.updates, { etag: null, last_status: 200 });
});

testEach(
  "poll-http",
  "answers with an error at status 500, without an update",
  async (example) => {
    await using endpoint = serveEtag(ETAG);
    endpoint.answer(500);
    const subject = createSubject(optionsFor(example, { url: endpoint.url }));
    const ending = (await subject.trial("first")).ending;
    assert.ok(!ending.ok);
    assert.deepEqual([ending.reason, ending.error], ["error", "HTTP status 500"]);
    assert.deepEqual(ending.answer?.updates, {});
  },
);

testEach("poll-http", "answers with an error that hides the address", async (example) => {
  const endpoint = serveEtag(ETAG);
  const { url } = endpoint;
  await endpoint[Symbol.asyncDispose]();
  const subject = createSubject(optionsFor(example, { url }));
  const ending = (await subject.trial("first")).ending;
  assert.ok(!ending.ok);
  assert.equal(ending.reason, "error");
  assert.doesNotMatch(ending.error, /secret/, "the address may hold a token");
});

testEach(
  "rotating-token",
  "keeps the new token even if the run fails after it",
  async (example) => {
    await using endpoint = serveEtag(ETAG);
    const { url } = endpoint;
    const config = { url, token_url: url, first_token: "first" };
    const subject = createSubject(optionsFor(example, config));
    const first = await subject.trial("first");
    assert.deepEqual(messages(first), []);
    assert.deepEqual(first.ending.answer?.updates, {
      refresh_token: "refresh-1",
      last_status: 200,
    });
    endpoint.answer(500);
    const { ending } = await subject.trial("second");
    assert.ok(!ending.ok);
    assert.deepEqual([ending.reason, ending.error], ["error", "url: HTTP status 500"]);
    const loaded = loadManifest(`${example}/manifest.yaml`);
    assert.ok(loaded.ok);
    const { state_on_error, secret_state } = loaded.manifest;
    assert.deepEqual(storedUpdates(ending, state_on_error), { refresh_token: "refresh-2" });
    assert.deepEqual(secret_state, state_on_error);
    assert.deepEqual(endpoint.tokens, ["first", "refresh-1"]);
  },
);

testEach(
  "rotating-token",
  "shows neither address nor token if there is no answer",
  async (example) => {
    const { url, ...endpoint } = serveEtag(ETAG);
    await endpoint[Symbol.asyncDispose]();
    const subject = createSubject(
      optionsFor(example, { url, token_url: url, first_token: "first" }),
    );
    const { ending } = await subject.trial("first");
    assert.deepEqual([ending.ok, !ending.ok && ending.error], [false, "no usable answer"]);
    assert.deepEqual(ending.answer?.updates, {});
  },
);

/** A config for each feature, with what its entries must have in the end. */
const CONFIGS: Readonly<Record<string, (config: Config) => unknown>> = {
  lanes: ({ lanes }) => [lanes.total, [...lanes.pools]],
  retry: ({ plugins }) => plugins.map(({ retry, maxAttempts }) => [retry, maxAttempts]),
  circuit_breaker: ({ plugins }) => plugins.map(({ circuitBreaker }) => circuitBreaker),
  defaults: ({ plugins }) =>
    plugins.map(({ timeoutsMs, retry, circuitBreaker, pool }) =>
      [timeoutsMs.poll, retry?.backoffBaseMs, circuitBreaker?.threshold, pool].join()
    ),
  secrets: ({ secrets }) => secrets,
  state_on_error: ({ plugins }) => plugins.map(({ retry }) => retry !== undefined),
};
const EXPECTED: Readonly<Record<string, unknown>> = {
  lanes: [8, [["disk", 1], ["feeds", 2]]],
  retry: [[{ backoffBaseMs: 30_000, backoffMaxMs: 3_600_000 }, 5]],
  circuit_breaker: [{ threshold: 5, resetAfterMs: 7_200_000 }],
  defaults: ["20000,60000,3,network", "120000,60000,3,network", "20000,,,"],
  secrets: ["a-token-of-the-feed"],
  state_on_error: [true],
};

Deno.test("there is an example config for each of these features, and a page leads to it", () => {
  const names = [...Deno.readDirSync(`${ROOT}examples`)].filter(({ isFile }) => isFile)
    .map(({ name }) => name).sort();
  assert.deepEqual(names, Object.keys(CONFIGS).map((name) => `${name}.yaml`).sort());
  const pages = ["operations", "plugins"]
    .map((name) => Deno.readTextFileSync(`${ROOT}docs/${name}.md`)).join("\n");
  for (const name of names) assert.ok(pages.includes(`](../examples/${name})`), name);
});

for (const [name, read] of Object.entries(CONFIGS)) {
  Deno.test(`examples/${name}.yaml says what its comments say, and check has nothing against it`, async () => {
    const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-examples-" }));
    try {
      await run("cp", ["-r", `${ROOT}examples`, folder]);
      const token = `${folder}/examples/feed-token`;
      Deno.writeTextFileSync(token, "a-token-of-the-feed\n", { mode: 0o600 });
      const path = `${folder}/examples/${name}.yaml`;
      const loaded = loadConfig(path, () => undefined);
      assert.ok(loaded.ok);
      assert.deepEqual(read(loaded.config), EXPECTED[name]);
      const { code, stdout, stderr } = await runProgram(["check", "--config", path, "--json"]);
      const found = JSON.parse(stdout);
      assert.deepEqual([code, stderr, found.problems, found.warnings], [0, "", [], []], stdout);
      assert.deepEqual(found.plugins, loaded.config.plugins.map((plugin) => plugin.name));
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}
