/** Why an attempt did not succeed: stable words for programs. */
export type FailureReason =
  | "timeout"
  | "exit"
  | "protocol"
  | "error"
  | "state"
  | "spawn"
  | "output"
  | "interrupted";
