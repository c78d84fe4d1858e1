/** Where the history database is reached. Both are on the loopback address, and stay the same for a venue. */
export interface HistoryAddresses {
  /** The address of the database, with its password. */
  readonly databaseUrl: string;
  /** The address of its gateway. */
  readonly url: string;
}

/** What the process that starts the venue requests from the process of history. */
export type HistoryRequest = BeginRequest | { readonly kind: "open" } | { readonly kind: "close" };

/** Take the folder, and these addresses or, without them, new ones. */
export interface BeginRequest {
  readonly kind: "begin";
  readonly folder: string;
  readonly at?: HistoryAddresses | undefined;
}

/** What the process of history reports. */
export type HistoryReport =
  | { readonly kind: "begun"; readonly addresses: HistoryAddresses; readonly isNew: boolean }
  | { readonly kind: "open" }
  | { readonly kind: "log"; readonly line: string }
  /** The process cannot continue, and ends. `step` is what failed: `run` is anything after the opening. */
  | { readonly kind: "failed"; readonly step: "begin" | "open" | "run"; readonly reason: string };
