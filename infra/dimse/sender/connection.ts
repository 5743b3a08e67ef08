import { type Socket, connect } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { RadDeployError, isRadDeployError, messageOf } from '../../../core/error/error.ts'
import { type ClientTls, secureOptions } from '../../tls/client.ts'
import { PduReader, type Piece, type WholePdu, pduType } from '../pduReader.ts'
import { watchdog } from '../watchdog.ts'

const abortRequest = Buffer.from([pduType.abort, 0, 0, 0, 0, 4, 0, 0, 0, 0])
const farewellMs = 1000

/** A TCP connection to a peer on which every wait has an end: when its time is up, the socket is destroyed. */
export class Connection {
  readonly #socket: Socket
  readonly #incoming: AsyncIterator<WholePdu | Piece>

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#incoming = read(socket)
  }

  /**
   * Connects within `ms`, with `tls` by TLS; RD_DICOM_UNREACHABLE where that fails, or where the peer is not whom
   * it should be. The signal breaks off at any time.
   */
  static async open(
    { host, port, tls }: { readonly host: string; readonly port: number; readonly tls?: ClientTls },
    ms: number,
    signal?: AbortSignal,
  ): Promise<Connection> {
    signal?.throwIfAborted()
    const socket = tls
      ? connectSecurely({ host, port, ...secureOptions(tls, host) })
      : connect({ host, port })
    socket.setNoDelay(true)
    const breakOff = (): void => void socket.destroy()
    let failure: NodeJS.ErrnoException | undefined
    socket.on('error', (error) => (failure = error))
    signal?.addEventListener('abort', breakOff)
    socket.once('close', () => signal?.removeEventListener('abort', breakOff))
    const connection = new Connection(socket)
    try {
      await connection.within(ms, 'it did not answer', () =>
        connection.#until(tls ? 'secureConnect' : 'connect'),
      )
      return connection
    } catch (error) {
      socket.destroy()
      signal?.throwIfAborted()
      // Where a name has several addresses, the error of all together has a code but no message.
      const why = failure ? failure.message || failure.code : messageOf(error)
      const message = `${host}:${port} cannot be reached: ${why}`
      throw new RadDeployError('RD_DICOM_UNREACHABLE', message, { host, port }, failure ?? error)
    }
  }

  /** Waits `ms` milliseconds at most for a step; `otherwise` says what did not happen in time. */
  async within<T>(ms: number, otherwise: string, step: () => Promise<T>): Promise<T> {
    const dog = watchdog(this.#socket, ms)
    const late = (cause?: unknown): RadDeployError => gone(`${otherwise} within ${ms / 1000} s`, cause)
    try {
      const result = await step()
      if (dog.fired) throw late()
      return result
    } catch (error) {
      throw dog.fired ? late(error) : error
    } finally {
      dog.stop()
    }
  }

  /** What the peer says next. */
  async next(): Promise<WholePdu | Piece> {
    try {
      const { done, value } = await this.#incoming.next()
      if (!done) return value
    } catch (error) {
      throw isRadDeployError(error) ? error : gone('the connection was lost', error)
    }
    throw gone('the peer closed the connection')
  }

  /** Writes, and resolves when the peer has room for more, within `ms`. */
  async write(parts: readonly Buffer[], ms: number): Promise<void> {
    if (this.#socket.destroyed) throw gone('the connection was lost')
    this.#socket.cork()
    for (const part of parts) this.#socket.write(part)
    this.#socket.uncork()
    if (this.#socket.writableNeedDrain)
      await this.within(ms, 'the peer took no bytes', () => this.#until('drain'))
  }

  /** What another wait gives, or an error as soon as the connection is lost. */
  unlessLost<T>(other: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const lost = (): void => reject(gone('the connection was lost'))
      if (this.#socket.destroyed) lost()
      this.#socket.once('close', lost)
      void other.then(resolve, reject).finally(() => this.#socket.off('close', lost))
    })
  }

  /** Says A-ABORT where that is still possible, and closes. Never throws. */
  async abort(): Promise<void> {
    const ended = (): Promise<void> =>
      new Promise((resolve) => void this.#socket.end(abortRequest, () => resolve()))
    if (!this.#socket.destroyed)
      await this.within(farewellMs, 'it did not take the abort', ended).catch(() => undefined)
    this.destroy()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Leaves no listener behind, however often it is called on one socket. */
  #until(event: 'connect' | 'secureConnect' | 'drain'): Promise<void> {
    const socket = this.#socket
    return new Promise((resolve, reject) => {
      const happened = (): void => {
        socket.off('close', closed)
        resolve()
      }
      const closed = (): void => {
        socket.off(event, happened)
        reject(gone('the connection was lost'))
      }
      socket.once(event, happened)
      socket.once('close', closed)
    })
  }
}

async function* read(socket: Socket): AsyncGenerator<WholePdu | Piece> {
  const reader = new PduReader({ data: 1024 * 1024, other: 256 * 1024 })
  for await (const chunk of socket) yield* reader.push(chunk as Buffer)
}

/** The peer is not there any more, or does not do its part. */
export const gone = (why: string, cause?: unknown): RadDeployError =>
  new RadDeployError('RD_DICOM_UNREACHABLE', why, {}, cause)
