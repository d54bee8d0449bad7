import assert from "node:assert/strict";
import { pluginEnvironment, searchPath } from "../../src/plugin/environment.ts";

const PLUGIN = { name: "echo", env: [] };

Deno.test("a plugin gets the fixed list, the locale, what its config names, and who it is", () => {
  const gateway = {
    PATH: "/bin",
    HOME: "/home/ann",
    LC_ALL: "C",
    LC_TIME: "de_DE",
    https_proxy: "http://proxy",
    SSL_CERT_FILE: "/certs",
    MY_TOKEN: "passed",
    AWS_SECRET: "kept back",
    LD_PRELOAD: "kept back",
    SENECHAL_PLUGIN: "another",
  };
  assert.deepEqual(
    pluginEnvironment(gateway, { name: "echo", env: ["MY_TOKEN", "UNSET"] }, {
      jobId: "j1",
      dueAt: 0,
    }),
    {
      PATH: "/bin",
      HOME: "/home/ann",
      LC_ALL: "C",
      LC_TIME: "de_DE",
      https_proxy: "http://proxy",
      SSL_CERT_FILE: "/certs",
      MY_TOKEN: "passed",
      SENECHAL_JOB_ID: "j1",
      SENECHAL_DUE_AT: "1970-01-01T00:00:00.000Z",
      SENECHAL_PLUGIN: "echo",
    },
  );
});

Deno.test("a gateway without PATH gives its plugins the usual one", () => {
  assert.equal(
    pluginEnvironment({}, PLUGIN, { jobId: "j1", dueAt: 0 }).PATH,
    "/usr/local/bin:/usr/bin:/bin",
  );
});

Deno.test("the folder that Deno adds to a PATH does not count", () => {
  const usual = "/usr/local/bin:/usr/bin:/bin";
  for (const none of ["", "/root/.cache/deno/node_compat_bin"]) {
    assert.equal(searchPath(none), usual, none);
  }
  assert.equal(searchPath("/deno/node_compat_bin:/bin:/opt"), "/bin:/opt");
  assert.equal(searchPath("/bin::/opt"), "/bin::/opt");
});

Deno.test("the folder of the Deno that runs the gateway is the last one of the PATH, once", () => {
  assert.equal(searchPath("/bin:/opt", "/deno"), "/bin:/opt:/deno");
  assert.equal(searchPath("/deno:/bin", "/deno"), "/deno:/bin");
  assert.equal(searchPath("", "/deno"), "/usr/local/bin:/usr/bin:/bin:/deno");
});
