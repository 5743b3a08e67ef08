import { type Socket } from 'node:net'

/** A timer that destroys a socket: half closing it, as the library does, leaves a silent peer connected for ever. */
export interface Watchdog {
  readonly fired: boolean
  start(ms: number): void
  stop(): void
  /** What is left of the time it was first given, in milliseconds: for a time-out that bytes do not extend. */
  left(): number
}

/** Starts a watchdog at once. */
export const watchdog = (socket: Socket, ms: number): Watchdog => {
  const until = performance.now() + ms
  let timer: NodeJS.Timeout | undefined
  let fired = false
  const dog = {
    get fired() {
      return fired
    },
    start: (time: number) => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        fired = true
        socket.destroy()
      }, time)
    },
    stop: () => clearTimeout(timer),
    left: () => Math.max(0, until - performance.now()),
  }
  dog.start(ms)
  return dog
}
