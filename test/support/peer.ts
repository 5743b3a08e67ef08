import { once } from 'node:events'
import { type AddressInfo, type Socket, createServer } from 'node:net'
import { type CommandSet, decodeCommandSet, encodeCommandSet } from '../../core/dicom/commandSet.ts'
import { dataPdu } from '../../infra/dimse/dataPdu.ts'
import { PduReader } from '../../infra/dimse/pduReader.ts'

/** A presentation context as it was proposed. */
export interface Proposed {
  readonly id: number
  readonly abstractSyntax: string
  readonly transferSyntaxes: readonly string[]
}
/** A message as it was received. */
export interface Received {
  readonly contextId: number
  readonly command: CommandSet
  readonly dataset: Buffer
}
/** How the peer behaves where it does not simply take everything. */
export interface Behaviour {
  readonly maxPduLength?: number
  /** Result of a context, and the transfer syntax it is accepted in; the first proposed otherwise. */
  readonly context?: (proposed: Proposed) => { result: number; transferSyntax: string }
  /** Takes over when the association is asked for. */
  readonly onAssociate?: (socket: Socket, request: Buffer) => void
  /** Answers a message; undefined answers nothing. */
  readonly onMessage?: (message: Received, socket: Socket) => CommandSet | undefined
  /** Stops to read for good once this many messages were taken. */
  readonly deafAfter?: number
}

const accepted = 0
const item = (type: number, body: Buffer): Buffer => {
  const head = Buffer.from([type, 0, 0, 0])
  head.writeUInt16BE(body.length, 2)
  return Buffer.concat([head, body])
}
const itemsOf = (bytes: Buffer): { type: number; body: Buffer }[] => {
  const items: { type: number; body: Buffer }[] = []
  for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt16BE(at + 2))
    items.push({ type: bytes[at]!, body: bytes.subarray(at + 4, at + 4 + bytes.readUInt16BE(at + 2)) })
  return items
}

/** A whole PDU with its header. */
export const pdu = (type: number, body: Buffer): Buffer => {
  const head = Buffer.from([type, 0, 0, 0, 0, 0])
  head.writeUInt32BE(body.length, 2)
  return Buffer.concat([head, body])
}

const proposedIn = (request: Buffer): Proposed[] =>
  itemsOf(request.subarray(74))
    .filter(({ type }) => type === 0x20)
    .map(({ body }) => {
      const inner = itemsOf(body.subarray(4))
      const texts = (wanted: number): string[] =>
        inner.filter(({ type }) => type === wanted).map((one) => one.body.toString('latin1'))
      return { id: body[0]!, abstractSyntax: texts(0x30)[0]!, transferSyntaxes: texts(0x40) }
    })

const acceptFor = (request: Buffer, { maxPduLength = 16_384, context }: Behaviour): Buffer => {
  const limit = Buffer.alloc(4)
  limit.writeUInt32BE(maxPduLength)
  const contexts = proposedIn(request).map((proposed) => {
    const { result, transferSyntax } = context?.(proposed) ?? {
      result: accepted,
      transferSyntax: proposed.transferSyntaxes[0]!,
    }
    return item(
      0x21,
      Buffer.concat([
        Buffer.from([proposed.id, 0, result, 0]),
        item(0x40, Buffer.from(transferSyntax, 'latin1')),
      ]),
    )
  })
  const applicationContext = item(0x10, Buffer.from('1.2.840.10008.3.1.1.1'))
  const user = item(0x50, Buffer.concat([item(0x51, limit), item(0x52, Buffer.from('2.25.1'))]))
  return pdu(2, Buffer.concat([request.subarray(6, 74), applicationContext, ...contexts, user]))
}

/** The answer to a message that has this status. */
export const response = (
  { command }: Received,
  Status: number,
  more: Partial<CommandSet> = {},
): CommandSet => ({
  CommandField: command.CommandField! | 0x8000,
  MessageIDBeingRespondedTo: command.MessageID!,
  CommandDataSetType: 0x0101,
  Status,
  ...more,
})

/** An acceptor in a few lines, written against the standard and not against our sender; it can misbehave. */
export const startPeer = async (behaviour: Behaviour = {}) => {
  const messages: Received[] = []
  const proposals: Proposed[][] = []
  const requests: Buffer[] = []
  const wire: Buffer[] = []
  const endings: string[] = []
  const sockets = new Set<Socket>()

  const serve = async (socket: Socket): Promise<void> => {
    const reader = new PduReader({ data: 1_000_000, other: 1_000_000 })
    const command: Buffer[] = []
    const dataset: Buffer[] = []
    let decoded: CommandSet | undefined
    for await (const chunk of socket) {
      wire.push(chunk as Buffer)
      for (const one of reader.push(chunk as Buffer)) {
        if (one.kind === 'pdu') {
          if (one.type === 1) {
            requests.push(one.bytes)
            proposals.push(proposedIn(one.bytes))
            if (behaviour.onAssociate) behaviour.onAssociate(socket, one.bytes)
            else socket.write(acceptFor(one.bytes, behaviour))
          } else {
            endings.push(one.type === 5 ? 'released' : one.type === 7 ? 'aborted' : `type ${one.type}`)
            if (one.type === 5) socket.end(pdu(6, Buffer.alloc(4)))
          }
          continue
        }
        const bytes = Buffer.from(one.bytes)
        if (one.isCommand) {
          command.push(bytes)
          if (!one.isLast) continue
          decoded = decodeCommandSet(Buffer.concat(command.splice(0)))
          if (decoded.CommandDataSetType !== 0x0101) continue
        } else {
          dataset.push(bytes)
          if (!one.isLast) continue
        }
        const message = {
          contextId: one.contextId,
          command: decoded!,
          dataset: Buffer.concat(dataset.splice(0)),
        }
        messages.push(message)
        const answer = behaviour.onMessage ? behaviour.onMessage(message, socket) : response(message, 0)
        if (answer) socket.write(dataPdu(one.contextId, encodeCommandSet(answer), true, 0))
        if (messages.length === behaviour.deafAfter) await new Promise(() => undefined)
      }
    }
  }

  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => sockets.delete(socket))
    serve(socket).catch(() => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    /** Every byte that came, of all connections. */
    wire,
    messages,
    proposals,
    requests,
    endings,
    sockets,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
