/** What a step comes to, or after `ms` milliseconds the error that `late` makes. The step itself is not ended. */
export const within = async <T>(step: Promise<T>, ms: number, late: () => Error): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms)
  })
  try {
    return await Promise.race([step, over])
  } finally {
    clearTimeout(timer)
  }
}
