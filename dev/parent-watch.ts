import { spawn } from "node:child_process";

/** Waits for the end of its input, which comes when the parent is gone however it went, and ends the process. */
const WATCH = `process.stdin.resume().on("end", () => {
  try { process.kill(Number(process.argv[1]), "SIGKILL"); } catch {}
});`;

/**
 * Has a process end when this one does, even by SIGKILL, which leaves no time to do it here. workerd has no
 * such option, and what it acknowledged is on disk.
 * @returns what calls it off, to be called once the process has ended: its id may become another's.
 */
export function endWithParent(pid: number): () => void {
  const watch = spawn(process.execPath, ["--eval", WATCH, String(pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    // In a group of its own: Ctrl-C is not for it.
    detached: true,
  });
  return () => void watch.kill("SIGKILL");
}
