/** What the program's exit code says. 75 and 78 follow sysexits.h, which systemd knows by name. */
export const ExitCode = {
  /** Stopped as asked. */
  ok: 0,
  /** Could not run (the database cannot be used, or a bug), or a command that checks found a fault. */
  failure: 1,
  /** Wrong usage of the command line. */
  usage: 2,
  /** Another gateway holds the lock. */
  lockHeld: 75,
  /** The config, or every plugin in it, cannot be used. */
  badConfig: 78,
} as const;

/** One of the program's exit codes. */
export type ExitCode = typeof ExitCode[keyof typeof ExitCode];
