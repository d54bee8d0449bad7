import { CONFIG } from "./config.ts";
import { CORE } from "./core.ts";
import { DOCTOR } from "./doctor.ts";
import type { MutatedFile } from "./mutant.ts";
import { PLUGIN } from "./plugin.ts";
import { READER } from "./reader.ts";
import { SCHEDULER } from "./scheduler.ts";
import { STORE } from "./store.ts";
import { DISPATCHER } from "./dispatcher.ts";
import { GATEWAY } from "./gateway.ts";
import { HISTORY } from "./history.ts";
import { LANES } from "./lanes.ts";
import { KEEPING } from "./keeping.ts";
import { LOG } from "./log.ts";
import { PROCESS } from "./process.ts";
import { SEAT } from "./seat.ts";
import { SECRETS } from "./secrets.ts";
import { WHY } from "./why.ts";

/** Every mutant. Add one for each new promise. */
export const TABLE: readonly MutatedFile[] = [
  ...CONFIG,
  ...CORE,
  ...PLUGIN,
  ...SCHEDULER,
  ...STORE,
  ...DISPATCHER,
  ...PROCESS,
  ...GATEWAY,
  ...LANES,
  ...LOG,
  ...SECRETS,
  ...KEEPING,
  ...DOCTOR,
  ...READER,
  ...WHY,
  ...SEAT,
  ...HISTORY,
];
