import { DurableObject } from "cloudflare:workers";

/** Answers a constant, and writes nothing. */
export class Constant extends DurableObject {
  submit() {
    return '{"status":"open"}';
  }
}

/** The least that a worker with an object behind it can do: the body there, one string back. */
export default {
  async fetch(request, env) {
    const object = env.CONSTANT.get(env.CONSTANT.idFromName("constant"));
    return new Response(await object.submit(await request.text()), { status: 201 });
  },
};
