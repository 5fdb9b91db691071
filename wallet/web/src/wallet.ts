/** What every use case needs: the one place that holds configuration, storage, network and clock together. */

import type { Config } from "./config";
import type { Network } from "./network";
import type { Store } from "./store";

export interface Wallet {
  readonly config: Config;
  readonly store: Store;
  readonly network: Network;
  /** Unix seconds. */
  readonly now: () => number;
}
