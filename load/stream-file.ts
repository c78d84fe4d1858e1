import { closeSync, createReadStream, openSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { BUY, SELL, type Side } from "../engine/vocabulary/units.ts";
import { CommandStream } from "./command-stream.ts";

/**
 * A stream as a file: one message per line, fields separated by commas, all numbers whole. Prices are in
 * ticks, quantities in lots; an id is any positive integer that the file uses once.
 *
 *   new,ID,buy|sell,PRICE,LOTS      a limit order
 *   market,ID,buy|sell,LOTS         a market order
 *   cancel,ID                       removes the remaining quantity from the book
 *   modify,ID,NEW_ID,PRICE,LOTS     cancels ID and places NEW_ID on the same side
 *
 * Empty lines and lines that begin with `#` are skipped, and so are cancels and modifies of orders that no
 * longer rest, which an exchange's own record contains.
 */
export type Message =
  | { kind: "new"; id: number; side: Side; price: number; lots: number }
  | { kind: "market"; id: number; side: Side; lots: number }
  | { kind: "cancel"; id: number }
  | { kind: "modify"; id: number; newId: number; price: number; lots: number };

const BATCH_CHARACTERS = 1 << 20;

/** Writes messages to a file as they arrive. */
export class StreamFileWriter {
  readonly #file: number;
  #batch = "";

  constructor(path: string) {
    this.#file = openSync(path, "w");
  }

  write(message: Message): void {
    this.#batch += `${lineOf(message)}\n`;
    if (this.#batch.length >= BATCH_CHARACTERS) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #flush(): void {
    writeSync(this.#file, this.#batch);
    this.#batch = "";
  }
}

/** A stream from a file, and the number of messages that were skipped because their order does not exist. */
export interface StreamFile {
  readonly stream: CommandStream;
  readonly messageCount: number;
  readonly skippedCount: number;
}

/** Reads a whole file. @throws at the first line that is not a message. */
export async function readStreamFile(path: string): Promise<StreamFile> {
  const stream = new CommandStream();
  const orderNumbers = new Map<number, number>();
  let messageCount = 0;
  let skippedCount = 0;
  let lineNumber = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    lineNumber++;
    if (line === "" || line.startsWith("#")) continue;
    const message = parseLine(line, lineNumber);
    messageCount++;
    if (message.kind === "new" || message.kind === "market") {
      const price = message.kind === "new" ? message.price : undefined;
      orderNumbers.set(message.id, stream.place(message.side, price, message.lots));
      continue;
    }
    const orderNumber = orderNumbers.get(message.id) ?? 0;
    if (!stream.isResting(orderNumber)) {
      skippedCount++;
      continue;
    }
    const side = stream.book.orders.side(stream.book.slotOf(orderNumber));
    stream.cancel(orderNumber);
    orderNumbers.delete(message.id);
    if (message.kind === "modify")
      orderNumbers.set(message.newId, stream.place(side, message.price, message.lots));
  }
  return { stream, messageCount, skippedCount };
}

function lineOf(message: Message): string {
  switch (message.kind) {
    case "new":
      return `new,${message.id},${nameOf(message.side)},${message.price},${message.lots}`;
    case "market":
      return `market,${message.id},${nameOf(message.side)},${message.lots}`;
    case "cancel":
      return `cancel,${message.id}`;
    case "modify":
      return `modify,${message.id},${message.newId},${message.price},${message.lots}`;
  }
}

function parseLine(line: string, lineNumber: number): Message {
  const fail = (): never => {
    throw new Error(`line ${lineNumber} is not a message: ${line}`);
  };
  const fields = line.split(",");
  const number = (at: number): number => {
    const value = Number(fields[at]);
    return Number.isSafeInteger(value) && value > 0 ? value : fail();
  };
  const side = (): Side => (fields[2] === "buy" ? BUY : fields[2] === "sell" ? SELL : fail());
  switch (`${fields[0]}/${fields.length}`) {
    case "new/5":
      return { kind: "new", id: number(1), side: side(), price: number(3), lots: number(4) };
    case "market/4":
      return { kind: "market", id: number(1), side: side(), lots: number(3) };
    case "cancel/2":
      return { kind: "cancel", id: number(1) };
    case "modify/5":
      return { kind: "modify", id: number(1), newId: number(2), price: number(3), lots: number(4) };
    default:
      return fail();
  }
}

function nameOf(side: Side): string {
  return side === BUY ? "buy" : "sell";
}
