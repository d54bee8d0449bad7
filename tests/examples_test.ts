import assert from "node:assert/strict";
import { basename } from "node:path";
import { createSubject } from "../src/conformance/subject.ts";
import type { Trial } from "../src/conformance/trial.ts";
import { stateBytes } from "../src/core/state.ts";
import { serveEtag } from "./support/http_endpoint.ts";
import { canRun, EXAMPLES, optionsFor } from "./support/plugin_folder.ts";

const ETAG = 'W/"v1 \\ x"';

/** Defines a test for each example of one kind, skipped if its interpreter is missing. */
function testEach(kind: string, behaviour: string, run: (folder: string) => Promise<void>): void {
  for (const folder of EXAMPLES.filter((example) => basename(example).startsWith(`${kind}-`))) {
    const name = `${basename(folder)} ${behaviour}`;
    Deno.test({ name, ignore: !canRun(folder), fn: () => run(folder) });
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
  assert.deepEqual(EXAMPLES.map((folder) => basename(folder)), names);
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
