/** Moments at which a crash matters most; `settling` lies inside the transaction. */
export type Checkpoint = "enqueued" | "claimed" | "spawned" | "answered" | "settling";

/** Told of each checkpoint as it is reached. Only the fault tests hand one in, to crash there. */
export type OnCheckpoint = (checkpoint: Checkpoint) => void;
