import { check } from "k6";
import http from "k6/http";

const BASE_URL = __ENV.BASE_URL || "http://localhost:3000";
const MID_PRICE = 50000;
/** Limit prices are up to this far from the mid price, on either side, for buys and sells alike. */
const PRICE_REACH = 100;
const MARKET_SHARE = 0.1;

export const options = {
  vus: 100,
  duration: "30s",
  thresholds: {
    http_req_duration: ["p(95)<100"],
    http_req_failed: ["rate==0"],
    checks: ["rate==1"],
  },
};

/** Places one order. The next follows as soon as it is answered. */
export default async function placeOrder() {
  const body = JSON.stringify(Math.random() < MARKET_SHARE ? marketOrder() : limitOrder());
  const params = { headers: { "Content-Type": "application/json" } };
  const response = await http.asyncRequest("POST", `${BASE_URL}/orders`, body, params);
  check(response, {
    "status is 201": (answer) => answer.status === 201,
    "order_id is present": (answer) => typeof answer.json("order_id") === "string",
  });
}

function marketOrder() {
  return {
    idempotency_key: `k6-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`,
    client_id: `client-${1 + Math.floor(Math.random() * 1000)}`,
    instrument: "BTC-USD",
    side: Math.random() < 0.5 ? "buy" : "sell",
    type: "market",
    quantity: (1 + Math.floor(Math.random() * 100)) / 100,
  };
}

function limitOrder() {
  const price = (MID_PRICE + (2 * Math.random() - 1) * PRICE_REACH).toFixed(1);
  return { ...marketOrder(), type: "limit", price };
}
