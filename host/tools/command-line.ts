import { type ParseArgsOptionDescriptor, parseArgs } from "node:util";

/** An option of a command, with its description for `--help`. */
export type CommandOption = ParseArgsOptionDescriptor & {
  /** The name of its value, such as `SECONDS`. */
  readonly value?: string;
  readonly help: string;
};

export interface Command<Options extends Readonly<Record<string, CommandOption>>> {
  /** The name of the command, such as `npm run demo`. */
  readonly name: string;
  /** What the command does, in a sentence or two. */
  readonly about: string;
  readonly options: Options;
  /** The positional arguments, such as `INSTRUMENT`. If it is absent, none are allowed. */
  readonly positionals?: string;
}

type Parsed<Options extends Readonly<Record<string, CommandOption>>> = ReturnType<
  typeof parseArgs<{ options: Options; strict: true; allowPositionals: true }>
>;

/** The column at which the descriptions of options start. */
const HELP_AT = 26;

/**
 * Parses the options of this process. `--help` prints them, and ends the process with 0. An unknown option,
 * or one without its value, ends the process with 2 and one line that says so.
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

/** Prints one line about what is wrong with the command line, and ends the process with 2. */
export function refuseCommandLine({ name }: Pick<Command<never>, "name">, what: string): never {
  // Node's advice is about arguments that begin with a dash, and does not apply.
  const [sentence = ""] = what.split(/\n|\. To specify/);
  const short = name.split(" ").at(-1);
  console.error(`${short}: ${sentence.replace(/\.$/, "")}. ${name} -- --help lists the options.`);
  process.exit(2);
}

function usageOf<Options extends Readonly<Record<string, CommandOption>>>({
  name,
  about,
  options,
  positionals,
}: Command<Options>): string {
  const all = { ...options, help: { type: "boolean", help: "shows this help" } } as Record<
    string,
    CommandOption
  >;
  const lines = Object.entries(all).map(([option, { type, value, help, default: preset }]) => {
    const called = `  --${option}${type === "string" ? ` ${value ?? "VALUE"}` : ""}`;
    const presetText = preset === undefined || type === "boolean" ? "" : `; default: ${String(preset)}`;
    return `${called.padEnd(HELP_AT - 2)}  ${help}${presetText}`;
  });
  const called = [name, "--", ...(positionals === undefined ? [] : [positionals]), "[options]"].join(" ");
  return `${called}\n\n${about}\n\n${lines.join("\n")}`;
}
