import { spawn } from "node:child_process";

/**
 * Waits for the end of its input, which comes when the parent ends, however it ends. It then ends the
 * process.
 */
const WATCH = `process.stdin.resume().on("end", () => {
  try { process.kill(Number(process.argv[1]), "SIGKILL"); } catch {}
});`;

/**
 * Ends a process when this process ends, even by SIGKILL, which leaves no time to do it here. workerd has no
 * such option, and what it acknowledged is on disk.
 * @returns a function that cancels this. Call it once the process has ended, since its id may be reused.
 */
export function endWithParent(pid: number): () => void {
  const watch = spawn(process.execPath, ["--eval", WATCH, String(pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    // In a separate group, so that Ctrl-C does not reach it.
    detached: true,
  });
  return () => void watch.kill("SIGKILL");
}
