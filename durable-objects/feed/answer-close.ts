const PROTOCOL_ERROR = 1002;
/** Stand for a close frame without a code, and for none at all. */
const NO_CODE = 1005;
export const NO_CLOSE = 1006;

/**
 * Answers a peer's close frame, so that the peer need not wait. A code that nobody may send is answered as a
 * protocol error: the platform passes on whatever the peer has sent, and throws where it is sent back.
 */
export function answerClose(socket: WebSocket, code: number): void {
  if (code === NO_CODE || code === NO_CLOSE) socket.close();
  else socket.close(maySend(code) ? code : PROTOCOL_ERROR);
}

/** The codes of RFC 6455 and its registry that an endpoint may send. */
function maySend(code: number): boolean {
  const isReserved = code === 1004 || code === NO_CODE || code === NO_CLOSE;
  return (code >= 1000 && code <= 1014 && !isReserved) || (code >= 3000 && code <= 4999);
}
