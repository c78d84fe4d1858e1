/**
 * Every way a request can fail, with its HTTP status. The order is the precedence: if several errors apply,
 * the answer is the first. Codes and statuses are part of the API.
 */
export const ERROR_STATUS = {
  misdirected_request: 421,
  unauthorized: 401,
  forbidden: 403,
  route_not_found: 404,
  method_not_allowed: 405,
  unsupported_media_type: 415,
  body_too_large: 413,
  body_timeout: 408,
  malformed_json: 400,
  missing_field: 400,
  wrong_type: 400,
  invalid_value: 400,
  unknown_field: 400,
  malformed_order_id: 400,
  instrument_unknown: 404,
  websocket_required: 426,
  overloaded: 503,
  history_unavailable: 503,
  operation_refused: 409,
  idempotency_key_reused: 409,
  request_quarantined: 422,
  frozen: 503,
  storage_full: 503,
  too_many_keys: 422,
  client_order_id_reused: 409,
  order_not_found: 404,
  version_mismatch: 409,
  price_not_positive: 422,
  price_off_tick: 422,
  quantity_not_positive: 422,
  quantity_off_lot: 422,
  trading_halted: 409,
  cancel_only: 409,
  order_closed: 409,
  terms_invalid: 422,
  too_many_slices: 422,
  price_below_minimum: 422,
  price_above_maximum: 422,
  stop_price_below_minimum: 422,
  stop_price_above_maximum: 422,
  quantity_below_minimum: 422,
  quantity_above_maximum: 422,
  notional_below_minimum: 422,
  notional_above_maximum: 422,
  expiry_passed: 422,
  price_outside_collar: 422,
  order_linked: 422,
  not_in_auction: 409,
  book_full: 422,
  too_many_open_orders: 422,
  too_many_waiting_stops: 422,
  stops_full: 422,
  trailing_stops_full: 422,
  stop_already_through: 422,
  would_take: 422,
  would_not_fill: 422,
  too_many_changes: 422,
  work_unfinished: 503,
  outcome_unknown: 502,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;
export const ERROR_CODES = Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]];

/** An error as it is sent to the client. `field` is the path of the field at fault, if there is one. */
export interface Problem {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly field?: string;
  /** The current state of the order, if that state is the reason. */
  readonly order?: unknown;
  /** The index, from 0, of the entry at fault in a batch. */
  readonly entry?: number;
}

/** Returns the problem that takes precedence. The list must not be empty. */
export function firstProblem(problems: readonly Problem[]): Problem {
  const precedence = ({ code }: Problem) => ERROR_CODES.indexOf(code);
  return problems.reduce((first, next) => (precedence(next) < precedence(first) ? next : first));
}

/** Formats a problem as an `application/problem+json` body (RFC 9457). */
export function problemBody(problem: Problem): string {
  const { code, detail, field, order, entry } = problem;
  return JSON.stringify({
    type: "about:blank",
    title: code.replaceAll("_", " "),
    status: ERROR_STATUS[code],
    code,
    detail,
    ...(field === undefined ? {} : { field }),
    ...(order === undefined ? {} : { order }),
    ...(entry === undefined ? {} : { entry }),
  });
}
