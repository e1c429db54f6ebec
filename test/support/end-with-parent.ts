const LOOK_EVERY_MS = 500;

/**
 * Kills this process when its parent has ended. Its owned processes end with it. Without this
 * check, a test worker would finish its file after its runner was killed.
 *
 * @returns a function that stops the check
 */
export function endWithParent(): () => void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    // Inside a test file `ppid` is a copy that never changes. Outside, a dead parent may still be
    // known for a while.
    if (process.ppid !== parent || !processExists(parent)) process.kill(process.pid, 'SIGKILL');
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Returns whether a process with this id exists. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
