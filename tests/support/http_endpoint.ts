/** A local HTTP endpoint with an ETag, which gives tokens to POST requests, and the requests that it got. */
export interface HttpEndpoint extends AsyncDisposable {
  readonly url: string;
  /** The If-None-Match of each GET request, in order. */
  readonly asked: (string | null)[];
  /** The refresh token of each POST request, in order; the answer has the next one, `refresh-N`. */
  readonly tokens: (string | null)[];
  /** Sets the status to answer to a GET from now on, instead of 200 and 304. */
  answer(status: number | undefined): void;
}

/** Serves `etag` on a free port of 127.0.0.1 until it is disposed of. */
export function serveEtag(etag: string): HttpEndpoint {
  const asked: (string | null)[] = [];
  const tokens: (string | null)[] = [];
  let fixed: number | undefined;
  const local = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const server = Deno.serve(local, async (request) => {
    if (request.method === "POST") {
      const number = tokens.push(new URLSearchParams(await request.text()).get("refresh_token"));
      return Response.json({ access_token: "access", refresh_token: `refresh-${number}` });
    }
    const known = request.headers.get("If-None-Match");
    asked.push(known);
    const status = fixed ?? (known === etag ? 304 : 200);
    return new Response(status === 304 ? null : "content", { status, headers: { ETag: etag } });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/feed?token=secret`,
    asked,
    tokens,
    answer(status) {
      fixed = status;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
