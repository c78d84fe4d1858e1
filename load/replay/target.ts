import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startVenue } from "../../host/venue.ts";

/** The venue of a replay. */
export interface Target {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * A private venue from the last built bundle, with one instrument of whole shares. Its data is removed
 * afterwards.
 * @param tickSize as from `fittingTick`. Without it, every price of a file fits.
 */
export async function startPrivateVenue(instrument: string, tickSize = "0.0001"): Promise<Target> {
  const dataFolder = mkdtempSync(join(tmpdir(), "edgebook-replay-"));
  const remove = () => rmSync(dataFolder, { recursive: true, force: true });
  const [base = "", quote = "USD"] = instrument.split("-");
  const spec = {
    instrument,
    number: 1,
    base_asset: base,
    quote_asset: quote,
    tick_size: tickSize,
    lot_size: "1",
    minimum_price: tickSize,
    maximum_price: "100000000",
    minimum_quantity: "1",
    maximum_quantity: "1000000000",
  };
  try {
    const venue = await startVenue({ dataFolder, vars: { INSTRUMENTS: [spec] }, onLog: "discard" });
    const close = async () => {
      await venue.stop();
      remove();
    };
    return { url: venue.url, close };
  } catch (error) {
    remove();
    throw error;
  }
}
