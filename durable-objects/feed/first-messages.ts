/** The number of trades with which a channel begins. */
export const FIRST_TRADES_MAX = 50;
