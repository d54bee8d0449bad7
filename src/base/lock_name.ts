/** The name of the lock file, which stands beside the database. */
export const LOCK_NAME = "senechal-gw.lock";
