/** Moments at which a crash matters most; `settling` is inside the transaction. */
export type Checkpoint = "enqueued" | "claimed" | "spawned" | "answered" | "settling";

/** Called at each checkpoint. Only the fault tests pass one, to crash there. */
export type OnCheckpoint = (checkpoint: Checkpoint) => void;
