import type { DatabaseFormat } from "../sqlite/database.ts";
import initial from "./migrations/1_initial.sql" with { type: "text" };
import heartbeat from "./migrations/2_heartbeat.sql" with { type: "text" };
import lanesAndOwner from "./migrations/3_lanes_and_owner.sql" with { type: "text" };

/** The tables of `state.db`. Its files are marked with the letters "SNCL". */
export const STATE_FORMAT: DatabaseFormat = {
  applicationId: 0x534e434c,
  migrations: [initial, heartbeat, lanesAndOwner],
};
