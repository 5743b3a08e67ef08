import { type Socket } from 'node:net'

/**
 * The first byte that comes, which stays in the socket for whoever reads it next; undefined where none came in
 * `ms` milliseconds, or the peer went away: then the socket is destroyed.
 */
export const firstByte = (socket: Socket, ms: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const over = (byte: number | undefined): void => {
      clearTimeout(timer)
      socket.off('readable', look)
      for (const event of ['end', 'close', 'error']) socket.off(event, gone)
      if (byte === undefined) socket.destroy()
      resolve(byte)
    }
    const gone = (): void => over(undefined)
    const look = (): void => {
      const chunk = socket.read() as Buffer | null
      if (chunk === null) return
      socket.unshift(chunk)
      over(chunk[0])
    }
    const timer = setTimeout(gone, ms)
    socket.on('readable', look)
    for (const event of ['end', 'close', 'error']) socket.once(event, gone)
  })
