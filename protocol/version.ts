/** Version of the wire: of the HTTP API and of the stream's messages. */
export const API_VERSION = "1.3.0";
