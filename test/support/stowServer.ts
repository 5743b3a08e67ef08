import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach } from 'vitest'
import { stowConfigSchema } from '../../producers/stow/config.ts'
import { type Stow, startStow } from '../../producers/stow/index.ts'
import { intakeParts } from './intakeParts.ts'
import { contentType } from './stow.ts'

let stow: Stow | undefined
afterEach(() => stow?.close(0))

/** Serves STOW-RS until the end of the test, on a store and a log in memory. */
export const serve = async (settings: object = {}) => {
  const memory = intakeParts()
  const config = { name: 'ward', host: '127.0.0.1', port: 0, calledAeTitle: 'RADDEPLOY', ...settings }
  stow = await startStow(stowConfigSchema.parse(config), memory.parts)
  return { ...memory, stow, url: `http://127.0.0.1:${stow.port}/studies` }
}

/** What a client that speaks HTTP by hand hears until the connection is closed. */
export const raw = (port: number, ...pieces: readonly (string | Buffer)[]) => {
  const socket = connect({ port, host: '127.0.0.1' })
  for (const piece of pieces) socket.write(piece)
  const heard = text(socket)
  heard.catch(() => undefined)
  return { socket, heard }
}

/** The header of a request. */
export const head = (length: number | 'chunked', more = ''): string =>
  `POST /studies HTTP/1.1\r\nHost: x\r\nContent-Type: ${contentType}\r\n${more}` +
  (length === 'chunked' ? 'Transfer-Encoding: chunked\r\n\r\n' : `Content-Length: ${length}\r\n\r\n`)
