/** The least that a worker can do: the same answer to every request. */
export default {
  fetch() {
    return new Response('{"status":"open"}', { status: 201 });
  },
};
