/** Looks again and again until something holds; rejects at the deadline. For what no event announces. */
export const until = async (
  holds: () => Promise<boolean> | boolean,
  what: string | (() => string) = 'what was awaited',
  deadlineMs = 30_000,
): Promise<void> => {
  const end = performance.now() + deadlineMs
  while (!(await holds())) {
    if (performance.now() > end)
      throw new Error(`${typeof what === 'string' ? what : what()} did not come within ${deadlineMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
