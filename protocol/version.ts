/** Version of the wire: the HTTP API and the messages of the stream. */
export const API_VERSION = "1.3.0";
