/** The name of the lock file, which is beside the database. */
export const LOCK_NAME = "senechal-gw.lock";

/** Where the database is if the config does not say, relative to the config's folder. */
export const DEFAULT_STATE_PATH = "./data/state.db";
