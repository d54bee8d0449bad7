/** The name of the lock file, which is beside the database. */
export const LOCK_NAME = "senechal-gw.lock";

/** Where the database is if the config does not say, relative to the config's folder. */
export const DEFAULT_STATE_PATH = "./data/state.db";

/** The folder beside the database in which commands leave their notices. */
export const WAKE_FOLDER = "wake";

/** The file there that a command touches. */
export const WAKE_FILE = "now";
