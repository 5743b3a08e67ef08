/** Loads items ahead of their turn, at most `width` at once, and gives them in order. */
export async function* ahead<T, R>(
  items: readonly T[],
  width: number,
  load: (item: T) => Promise<R>,
): AsyncGenerator<[T, R]> {
  const loading: Promise<R>[] = []
  const begin = (item: T): void => {
    const result = load(item)
    result.catch(() => undefined)
    loading.push(result)
  }
  items.slice(0, width).forEach(begin)
  for (const [index, item] of items.entries()) {
    const result = await loading.shift()!
    const next = items[index + width]
    if (next !== undefined) begin(next)
    yield [item, result]
  }
}
