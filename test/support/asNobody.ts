/**
 * Runs a task as a user without rights, when the tests run as root, whom no file mode stops. The effective user counts
 * for all threads of the process, so nothing else may run meanwhile.
 */
export async function asNobody<Result>(task: () => Promise<Result>): Promise<Result> {
  const { geteuid, seteuid } = process;
  if (geteuid === undefined || seteuid === undefined || geteuid() !== 0) return task();
  seteuid(65_534);
  try {
    return await task();
  } finally {
    seteuid(0);
  }
}
