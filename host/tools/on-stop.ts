const PARENT_LOOK_MS = 500;
/** Read at the start, since the parent may end at any time. */
const PARENT = process.ppid;

/**
 * Ends a program on request: on Ctrl-C, on SIGTERM, or when its parent ends. When npm is asked to end, it
 * ends the shell that runs its scripts, and the shell does not signal the program.
 * @param stop called once or more. @returns a function that cancels this.
 */
export function onStop(stop: () => void): () => void {
  const timer = setInterval(() => {
    if (process.ppid !== PARENT) stop();
  }, PARENT_LOOK_MS);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
  return () => clearInterval(timer);
}
