/** With how many of the newest trades a channel begins. */
export const FIRST_TRADES_MAX = 50;
