import type { MutatedFile } from "./mutant.ts";
export const GATEWAY: readonly MutatedFile[] = [];
