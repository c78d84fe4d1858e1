import { startEdgedVenue } from "../../../host/edged-venue.ts";
import { startVenue, type VenueOptions, type VenueProcess } from "../../../host/venue.ts";

type StartVenue = (options: VenueOptions) => Promise<VenueProcess>;

/** The two ways in which a venue runs on one's own machine, for `describe.each` and `test.each`. */
export const HOSTS: readonly (readonly [name: string, startVenue: StartVenue])[] = [
  ["workerd alone", startVenue],
  ["edges", startWithEdges],
];

function startWithEdges(options: VenueOptions): Promise<VenueProcess> {
  const { onLog = console.log } = options;
  const onLines = (lines: readonly string[]) => {
    if (onLog !== "discard") lines.forEach((line) => void onLog(line));
  };
  return startEdgedVenue({ ...options, edges: 2, edgesHost: { onLines, log: () => {} } });
}
