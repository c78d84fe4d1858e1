/** This many orders fit into an answer whatever their content: an order has at most 1,800 characters. */
const ITEMS_UNMEASURED = 500;
const LENGTH_MAX = 900_000;
const ITEM_LENGTH_MAX = LENGTH_MAX / ITEMS_UNMEASURED;

/** The first orders of a list, as many as fit into an answer below 1 MB. */
export function shortList<T>(orders: readonly T[]): readonly T[] {
  if (orders.length <= ITEMS_UNMEASURED) return orders;
  let length = 0;
  const end = orders.findIndex((order) => {
    length += JSON.stringify(order).length + 1;
    return length > LENGTH_MAX;
  });
  return end === -1 ? orders : orders.slice(0, end);
}

/** Whether a list of this length may have been cut: the next order may not have fitted. */
export function mayBeShort(listLength: number): boolean {
  return listLength > LENGTH_MAX - ITEM_LENGTH_MAX;
}
