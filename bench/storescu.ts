import { execa } from 'execa'

/**
 * Sends folders in one association with dcmtk's storescu; seconds from its start to its end. It ends at the first
 * instance that is not stored, and so do we.
 */
export const send = async (folders: readonly string[], port: number): Promise<number> => {
  const began = performance.now()
  const args = ['-xe', '-aet', 'BENCH', '-aec', 'RADDEPLOY', '+sd', '127.0.0.1', String(port), ...folders]
  await execa('storescu', args, { env: { TCP_NODELAY: '1' } })
  return (performance.now() - began) / 1000
}
