import assert from "node:assert/strict";
import { createSite, type TestPlugin } from "./site.ts";

/** A site whose data folder is a disk of eight megabytes, twice what a write-ahead log grows to. */
export function createSmallDiskSite(plugins: Readonly<Record<string, TestPlugin>>, service = "") {
  const site = createSite(plugins, service);
  const data = `${site.folder}/data`;
  const filler = `${data}/filler`;
  Deno.mkdirSync(data, { mode: 0o700 });
  assert.ok(tryRun("mount", "-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", data));
  return {
    ...site,
    data,
    /** The file that fills the disk. */
    filler,
    fill: () => void tryRun("sh", "-c", `head -c 16M /dev/zero > ${filler}`),
    async [Symbol.asyncDispose]() {
      await site.killAll();
      tryRun("umount", data);
      await site[Symbol.asyncDispose]();
    },
  };
}

/** Whether this user may mount a disk. */
export function canMount(): boolean {
  const folder = Deno.makeTempDirSync();
  const mounted = tryRun("mount", "-t", "tmpfs", "tmpfs", folder);
  if (mounted) tryRun("umount", folder);
  Deno.removeSync(folder);
  return mounted;
}

/** Runs a command and says whether it succeeded; `false`, too, if there is no such command. */
export function tryRun(command: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(command, { args, stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}
