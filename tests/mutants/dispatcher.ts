import type { MutatedFile } from "./mutant.ts";
export const DISPATCHER: readonly MutatedFile[] = [];
