import { SingleBar } from 'cli-progress'
import { projections } from '../../../projections/index.ts'
import { rebuild } from '../../../projections/runtime/rebuild.ts'
import { untilStopped } from '../../embedded.ts'
import { print } from '../output.ts'
import { withConnections } from '../session.ts'

/** Makes every table anew from offset 0; a bar shows how far it is. */
export const rebuildAll = async ({ json }: { readonly json?: true }): Promise<void> =>
  withConnections(async ({ pool, source }) => {
    const bar = new SingleBar({
      format:
        'rebuilding {bar} {percentage} % | {value} of {total} records | {rate}/s | {eta_formatted} left',
      noTTYOutput: false,
      clearOnComplete: true,
    })
    const began = performance.now()
    let records = 0
    const stopped = new AbortController()
    void untilStopped().then(() => stopped.abort())
    if (!json) bar.start(0, 0, { rate: 0 })
    await rebuild({
      pool,
      source,
      projections,
      signal: stopped.signal,
      progress: (done, total) => {
        records = Number(done)
        if (json) return
        bar.setTotal(Number(total))
        bar.update(records, { rate: Math.round((records * 1000) / (performance.now() - began)) })
      },
    }).finally(() => bar.stop())
    const seconds = (performance.now() - began) / 1000
    print(json, { records, seconds }, () => `rebuilt from ${records} records in ${seconds.toFixed(1)} s`)
  })
