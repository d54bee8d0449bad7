import { importsOf, inspect, lineCount, type Sources, withoutComments } from "./source_files.ts";

/** Rooms from the top floor down; a room is a folder of `src/`, or a file in its hall. */
export type Floors = readonly (readonly string[])[];

/** What only some places may do, and how to recognize it in the text. */
export interface Power {
  readonly what: string;
  readonly sign: RegExp;
  /** Files, or folders with a slash at the end. */
  readonly allowed: readonly string[];
  /** Where it is forbidden; everywhere if left out. */
  readonly within?: string;
}

/** Upper limits. */
export interface Budgets {
  readonly linesOfFile: number;
  readonly linesOfFunction: number;
  readonly filesOfRoom: number;
  /** Rooms that may have any number of files. */
  readonly largeRooms: readonly string[];
}

const roomOf = (path: string) => path.includes("/") ? `${path.split("/")[0]}/` : path;
const isIn = (path: string) => (place: string) =>
  place.endsWith("/") ? path.startsWith(place) : path === place;

/** Imports that do not go down to a lower floor, and files without one. */
export function findClimbs(sources: Sources, floors: Floors): string[] {
  const floorOf = (path: string) => floors.findIndex((floor) => floor.includes(roomOf(path)));
  return Object.entries(sources).flatMap(([path, text]) => {
    if (floorOf(path) === -1) return [`${path} has no floor`];
    return importsOf(path, text)
      .filter((target) => roomOf(target) !== roomOf(path) && floorOf(target) <= floorOf(path))
      .map((target) => `${path} imports ${target}`);
  });
}

/** Imports of a room's file that is not one of its doors, and doors that no file uses. */
export function findBackDoors(
  sources: Sources,
  doors: Readonly<Record<string, readonly string[]>>,
): string[] {
  const visits = Object.entries(sources).flatMap(([path, text]) =>
    importsOf(path, text).filter((target) => roomOf(target) !== roomOf(path))
      .map((target) => ({ path, target }))
  );
  const doorsOf = (room: string) => doors[room]?.map((name) => `${room}${name}.ts`) ?? [];
  const used = new Set(visits.map(({ target }) => target));
  return [
    ...visits.filter(({ target }) => target.includes("/")) // a file in the hall is its own door
      .filter(({ target }) => !doorsOf(roomOf(target)).includes(target))
      .map(({ path, target }) => `${path} imports ${target}, which is not a door`),
    ...Object.keys(doors).flatMap(doorsOf).filter((door) => !used.has(door))
      .map((door) => `${door} is an unused door`),
  ];
}

/** Files that import themselves through others. */
export function findCycles(sources: Sources): string[] {
  const graph = new Map(
    Object.entries(sources).map(([path, text]) => [path, importsOf(path, text)]),
  );
  function reaches(from: string, goal: string, seen: Set<string>): boolean {
    return (graph.get(from) ?? []).some((next) => {
      if (next === goal) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return reaches(next, goal, seen);
    });
  }
  return [...graph.keys()].filter((path) => reaches(path, path, new Set()));
}

/** Files that do what only other places may do. */
export function findTrespasses(sources: Sources, powers: readonly Power[]): string[] {
  return Object.entries(sources).flatMap(([path, text]) =>
    powers
      .filter(({ within = "" }) => path.startsWith(within))
      .filter(({ sign, allowed }) => sign.test(withoutComments(text)) && !allowed.some(isIn(path)))
      .map(({ what }) => `${path} ${what}`)
  );
}

/** Places that have a power and do not use it. */
export function findIdlePowers(sources: Sources, powers: readonly Power[]): string[] {
  return powers.flatMap(({ what, sign, allowed }) =>
    allowed
      .filter((place) =>
        !Object.entries(sources).some(([path, text]) =>
          isIn(path)(place) && sign.test(withoutComments(text))
        )
      )
      .map((place) => `${place} never ${what}`)
  );
}

/** Files, functions and rooms that are larger than they may be, with their size. */
export function findExcesses(sources: Sources, budgets: Budgets): string[] {
  const rooms = Map.groupBy(Object.keys(sources), roomOf);
  return [
    ...Object.entries(sources).flatMap(([path, text]) => {
      const lines = lineCount(text.trimEnd());
      return [
        ...(lines > budgets.linesOfFile ? [`${path} has ${lines} lines`] : []),
        ...functionsOf(path, text)
          .filter(({ length }) => length > budgets.linesOfFunction)
          .map(({ line, length }) => `${path}:${line} has a function of ${length} lines`),
      ];
    }),
    ...[...rooms]
      .filter(([room, paths]) =>
        paths.length > budgets.filesOfRoom && !budgets.largeRooms.includes(room)
      )
      .map(([room, paths]) => `${room} has ${paths.length} files`),
  ];
}

/** Where a file says `any`, asserts a type, or asserts with `!` that a value exists. */
export function findAssertions(sources: Sources): string[] {
  return Object.entries(sources).flatMap(([path, text]) =>
    inspect(path, text, (say) => ({
      TSAnyKeyword: (node) => say(node, "says any"),
      TSNonNullExpression: (node) => say(node, "asserts that a value exists"),
      TSAsExpression: (node) => {
        if (!text.slice(...node.range).endsWith("as const")) say(node, "asserts a type");
      },
    })).map(({ line, message }) => `${path}:${line} ${message}`)
  );
}

/** Where each function of a file begins and how many lines it has, closures included. */
function functionsOf(path: string, text: string): { line: number; length: number }[] {
  return inspect(path, text, (say) => {
    const report = (node: Deno.lint.Node) => say(node, "a function");
    return {
      FunctionDeclaration: report,
      FunctionExpression: report,
      ArrowFunctionExpression: report,
    };
  });
}
