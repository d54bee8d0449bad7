import type { Facts, FileFacts } from "./facts.ts";
import type { Check, Found } from "./finding.ts";
import { list, word, words } from "./shell.ts";

/** What others of this machine may do with the files. */
export const fileChecks: readonly Check[] = [
  { id: "state.writable", severity: "problem", judge: judgeStateWritable },
  { id: "state.private", severity: "warning", judge: judgeStatePrivate },
  { id: "state.owner", severity: "problem", judge: judgeStateOwner },
  { id: "config.writable", severity: "problem", judge: judgeConfigWritable },
  { id: "config.private", severity: "warning", judge: judgeConfigPrivate },
  { id: "secrets.private", severity: "warning", judge: judgeSecretsPrivate },
  { id: "plugins.writable", severity: "problem", judge: judgePluginsWritable },
];

const pathOf = ({ path }: FileFacts) => path;
const isReadable = ({ mode }: FileFacts) => (mode & 0o004) !== 0;
const isWritable = ({ mode }: FileFacts) => (mode & 0o002) !== 0;
const isEnterable = ({ mode }: FileFacts) => (mode & 0o001) !== 0;

function judgeStateWritable({ state }: Facts): readonly Found[] {
  const files = [state.folder, state.database, ...state.beside].filter((one) => one !== undefined);
  return openTo("write to", "change what plugins get", "o-w", files.filter(isWritable).map(pathOf));
}

/** A finding, if everyone can do this with one of the paths. */
function openTo(
  what: string,
  consequence: string,
  mode: string,
  paths: readonly string[],
): readonly Found[] {
  if (paths.length === 0) return [];
  return [{
    evidence: `everyone can ${what} ${list(paths)}, and so ${consequence}`,
    fix: `chmod ${mode} ${words(paths)}`,
  }];
}

function judgeStatePrivate({ state }: Facts): readonly Found[] {
  const { folder, database, beside } = state;
  if (folder === undefined || database === undefined || !isEnterable(folder)) return [];
  const paths = [database, ...beside].filter(isReadable).map(pathOf);
  return openTo("read", "see what plugins store and wrote", "o-rwx", paths);
}

function judgeStateOwner({ state: { database, beside } }: Facts): readonly Found[] {
  const foreign = beside.filter(({ uid }) => database !== undefined && uid !== database.uid);
  if (database === undefined || foreign.length === 0) return [];
  const paths = foreign.map(({ path }) => path);
  return [{
    evidence: `${list(paths)}: not of user ${database.uid}, to whom the database belongs`,
    fix: `sudo chown --reference=${word(database.path)} ${words(paths)}`,
  }];
}

function judgeConfigWritable({ config: { file } }: Facts): readonly Found[] {
  const paths = file !== undefined && isWritable(file) ? [file.path] : [];
  return openTo("write to", "decide what runs", "o-w", paths);
}

function judgeConfigPrivate({ config: { file, plainSecrets } }: Facts): readonly Found[] {
  if (file === undefined || plainSecrets.length === 0 || !isReadable(file)) return [];
  return [{
    evidence: `everyone can read ${file.path}, which holds ${list(plainSecrets)}`,
    fix: `chmod o-r ${word(file.path)}  # or move the values into files, as \${file:PATH}`,
  }];
}

function judgeSecretsPrivate({ config: { secretFiles } }: Facts): readonly Found[] {
  return openTo(
    "read",
    "learn secrets of the config",
    "o-r",
    secretFiles.filter(isReadable).map(pathOf),
  );
}

function judgePluginsWritable({ plugins: { folder, writable } }: Facts): readonly Found[] {
  const isSticky = folder !== undefined && (folder.mode & 0o1000) !== 0;
  const whole = folder !== undefined && isWritable(folder) && !isSticky ? [folder.path] : [];
  const paths = [...whole, ...writable.flatMap((one) => one.paths)];
  return openTo("write to", "decide what the gateway runs", "o-w", paths);
}
