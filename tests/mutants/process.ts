import type { MutatedFile } from "./mutant.ts";
export const PROCESS: readonly MutatedFile[] = [];
