/** The name of the lock file, which is beside the database. */
export const LOCK_NAME = "senechal-gw.lock";
