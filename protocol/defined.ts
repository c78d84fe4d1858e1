type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Returns the object without the fields whose value is undefined. */
export function defined<T extends object>(fields: T): Defined<T> {
  const present: Partial<T> = {};
  for (const key in fields) if (fields[key] !== undefined) present[key] = fields[key];
  return present as Defined<T>;
}
