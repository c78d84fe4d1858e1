const PARENT_LOOK_MS = 500;
/** Read at the start: later it may have ended already. */
const PARENT = process.ppid;

/**
 * Has a program end when it is asked to: by Ctrl-C, by SIGTERM, or by the end of its parent. npm, asked to end,
 * ends the shell that it runs scripts in, and that says nothing to the program.
 * @param stop called once or more. @returns what calls it off.
 */
export function onStop(stop: () => void): () => void {
  const timer = setInterval(() => {
    if (process.ppid !== PARENT) stop();
  }, PARENT_LOOK_MS);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
  return () => clearInterval(timer);
}
