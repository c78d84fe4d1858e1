const PROTOCOL_ERROR = 1002;
/** The codes of a close frame without a code, and of a connection without a close frame. */
const NO_CODE = 1005;
export const NO_CLOSE = 1006;

/**
 * Answers a peer's close frame, so that the peer need not wait. The platform passes on any code that a peer
 * sends, but throws if a reserved one is sent back. The answer to a reserved code is therefore a protocol
 * error.
 */
export function answerClose(socket: WebSocket, code: number): void {
  if (code === NO_CODE || code === NO_CLOSE) socket.close();
  else socket.close(maySend(code) ? code : PROTOCOL_ERROR);
}

/** Whether an endpoint may send a code, by RFC 6455 and its registry. */
function maySend(code: number): boolean {
  const isReserved = code === 1004 || code === NO_CODE || code === NO_CLOSE;
  return (code >= 1000 && code <= 1014 && !isReserved) || (code >= 3000 && code <= 4999);
}
