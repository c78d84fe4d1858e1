import { type ParseArgsOptionDescriptor, parseArgs } from "node:util";

/** An option of a command, with what `--help` says of it. */
export type CommandOption = ParseArgsOptionDescriptor & {
  /** What its value is called, such as `SECONDS`. */
  readonly value?: string;
  readonly help: string;
};

export interface Command<Options extends Readonly<Record<string, CommandOption>>> {
  /** How it is called, such as `npm run demo`. */
  readonly name: string;
  /** What it does, in a sentence or two. */
  readonly about: string;
  readonly options: Options;
  /** What comes beside the options, such as `INSTRUMENT`; nothing may where it is left out. */
  readonly positionals?: string;
}

type Parsed<Options extends Readonly<Record<string, CommandOption>>> = ReturnType<
  typeof parseArgs<{ options: Options; strict: true; allowPositionals: true }>
>;

/** How many columns an option and its value have before what they mean. */
const HELP_AT = 26;

/**
 * Reads the options that this process was started with. `--help` writes what there are and ends the process with 0;
 * one that is not known, or lacks its value, ends it with 2 and one line that says so.
 */
export function readCommandLine<const Options extends Readonly<Record<string, CommandOption>>>(
  command: Command<Options>,
  args: readonly string[] = process.argv.slice(2),
): Parsed<Options> {
  if (args.includes("--help")) {
    console.log(usageOf(command));
    process.exit(0);
  }
  try {
    const { options, positionals } = command;
    const config = { args: [...args], options, strict: true, allowPositionals: true } as const;
    const parsed = parseArgs(config) as Parsed<Options>;
    const [unasked] = (parsed as { positionals: string[] }).positionals;
    if (positionals === undefined && unasked !== undefined)
      throw new Error(`Unexpected argument '${unasked}'`);
    return parsed;
  } catch (error) {
    return refuseCommandLine(command, (error as Error).message);
  }
}

/** Says in one line what is wrong with how a command was called, and ends the process with 2. */
export function refuseCommandLine({ name }: Pick<Command<never>, "name">, what: string): never {
  // The advice of Node is about arguments that begin with a dash.
  const [sentence = ""] = what.split(/\n|\. To specify/);
  const short = name.split(" ").at(-1);
  console.error(`${short}: ${sentence.replace(/\.$/, "")}. ${name} -- --help shows what there is.`);
  process.exit(2);
}

function usageOf<Options extends Readonly<Record<string, CommandOption>>>({
  name,
  about,
  options,
  positionals,
}: Command<Options>): string {
  const all = { ...options, help: { type: "boolean", help: "shows this" } } as Record<string, CommandOption>;
  const lines = Object.entries(all).map(([option, { type, value, help, default: preset }]) => {
    const called = `  --${option}${type === "string" ? ` ${value ?? "VALUE"}` : ""}`;
    const presetText = preset === undefined || type === "boolean" ? "" : `; ${String(preset)} unless set`;
    return `${called.padEnd(HELP_AT - 2)}  ${help}${presetText}`;
  });
  const called = [name, "--", ...(positionals === undefined ? [] : [positionals]), "[options]"].join(" ");
  return `${called}\n\n${about}\n\n${lines.join("\n")}`;
}
