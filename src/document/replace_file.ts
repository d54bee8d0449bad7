/**
 * Replaces a file by one with other contents, in one step: a crash leaves the old one or the new one, whole.
 * Follows a link; mode and owner stay.
 *
 * @param before what the caller has read there. Throws if the file holds something else by now.
 */
export function replaceFile(path: string, before: Uint8Array, after: Uint8Array): void {
  const target = Deno.realPathSync(path);
  const { mode, uid, gid } = Deno.statSync(target);
  const temporary = `${target}.${crypto.randomUUID()}.tmp`;
  try {
    write(temporary, after);
    const made = Deno.statSync(temporary);
    if (made.uid !== uid || made.gid !== gid) Deno.chownSync(temporary, uid, gid);
    if (mode !== null) Deno.chmodSync(temporary, mode & 0o7777);
    if (!isSame(Deno.readFileSync(target), before)) throw new Error("it was changed meanwhile");
    Deno.renameSync(temporary, target);
  } catch (error) {
    removeIfThere(temporary);
    throw error;
  }
}

/** Writes a new file for its owner alone, down to the disk. */
function write(path: string, bytes: Uint8Array): void {
  using file = Deno.openSync(path, { write: true, createNew: true, mode: 0o600 });
  for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
  file.syncDataSync();
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
