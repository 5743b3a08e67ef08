/**
 * A scanner in a process of its own, as far away as one on this machine can be: it sends the folders that it is told,
 * and says when it has seen each A-RELEASE-RP, in milliseconds since the epoch.
 */
import { filesOf, instanceOf } from '../../app/cli/send.ts'
import { sendInstances } from '../../infra/dimse/sender/send.ts'

/** What is to be sent where. */
export interface Push {
  readonly folder: string
  readonly port: number
}
/** When the release was answered, or what was not stored. */
export type Pushed = { readonly releasedAt: number } | { readonly error: string }

const push = async ({ folder, port }: Push): Promise<Pushed> => {
  const instances = await Promise.all((await filesOf(folder)).map(instanceOf))
  const peer = { host: '127.0.0.1', port, calledAeTitle: 'RADDEPLOY', callingAeTitle: 'BENCH' }
  const results = await sendInstances({ ...peer, instances })
  const releasedAt = performance.timeOrigin + performance.now()
  const bad = results.find(({ outcome }) => outcome !== 'success')
  return bad ? { error: `${bad.outcome}: ${bad.comment}` } : { releasedAt }
}

process.on('message', (wanted: Push) => {
  void push(wanted)
    .catch((error: unknown): Pushed => ({ error: String(error) }))
    .then((pushed) => process.send!(pushed))
})
process.on('disconnect', () => process.exit(0))
