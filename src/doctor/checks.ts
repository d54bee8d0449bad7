import { entryChecks } from "./entry_checks.ts";
import { fileChecks } from "./file_checks.ts";
import type { Check } from "./finding.ts";
import { gatewayChecks } from "./gateway_checks.ts";
import { machineChecks } from "./machine_checks.ts";
import { storageChecks } from "./storage_checks.ts";

/** Every check. docs/operations.md, "Doctor", lists them. */
export const CHECKS: readonly Check[] = [
  ...gatewayChecks,
  ...storageChecks,
  ...fileChecks,
  ...entryChecks,
  ...machineChecks,
];
