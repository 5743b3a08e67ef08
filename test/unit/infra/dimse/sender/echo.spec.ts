import { afterEach, describe, expect, test } from 'vitest'
import { echo } from '../../../../../infra/dimse/sender/echo.ts'
import { type Behaviour, response, startPeer } from '../../../../support/peer.ts'

let peer: Awaited<ReturnType<typeof startPeer>>
const echoTo = async (behaviour: Behaviour = {}): Promise<void> => {
  peer = await startPeer(behaviour)
  const titles = { calledAeTitle: 'ARCHIVE', callingAeTitle: 'RADDEPLOY' }
  await echo({ ...titles, host: '127.0.0.1', port: peer.port, timeouts: { responseMs: 200 } })
}
afterEach(() => peer.close())

describe('C-ECHO', () => {
  test('is answered by a peer that lives, and the association is released', async () => {
    await echoTo()
    expect(peer.messages).toMatchObject([{ command: { CommandField: 0x30, CommandDataSetType: 0x0101 } }])
    expect(peer.endings).toEqual(['released'])
  })

  test.each<[string, Behaviour, string]>([
    [
      'does not take it',
      { context: () => ({ result: 3, transferSyntax: '1.2.840.10008.1.2' }) },
      'RD_DICOM_REJECTED',
    ],
    ['answers with a failure', { onMessage: (message) => response(message, 0x0122) }, 'RD_DICOM_REJECTED'],
    ['is silent', { onMessage: () => undefined }, 'RD_DICOM_UNREACHABLE'],
  ])('fails where the peer %s', (_, behaviour, code) =>
    expect(echoTo(behaviour)).rejects.toThrow(expect.objectContaining({ code }) as Error),
  )
})
