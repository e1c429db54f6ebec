const LOOK_EVERY_MS = 500;

/**
 * Ends this process when the one that started it is gone; what it has on a leash ends with it. A test worker whose runner was killed
 * would else finish its file first, on servers nobody wants any more. Returns how to stop looking.
 */
export function endWithParent(): () => void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    // Inside a test file `ppid` is a copy that never changes; outside, a dead parent may still be known for a while.
    if (process.ppid !== parent || !isKnown(parent)) process.kill(process.pid, 'SIGKILL');
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Whether there is such a process. */
export function isKnown(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
