/** A local HTTP endpoint with an ETag, and the requests that it got. */
export interface HttpEndpoint extends AsyncDisposable {
  readonly url: string;
  /** The If-None-Match of each request, in order. */
  readonly asked: (string | null)[];
  /** Sets the status to answer from now on, instead of 200 and 304. */
  answer(status: number | undefined): void;
}

/** Serves `etag` on a free port of 127.0.0.1 until it is disposed of. */
export function serveEtag(etag: string): HttpEndpoint {
  const asked: (string | null)[] = [];
  let fixed: number | undefined;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const known = request.headers.get("If-None-Match");
    asked.push(known);
    const status = fixed ?? (known === etag ? 304 : 200);
    return new Response(status === 304 ? null : "content", { status, headers: { ETag: etag } });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/feed?token=secret`,
    asked,
    answer(status) {
      fixed = status;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
