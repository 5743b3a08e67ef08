import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { messageOf } from '../core/error/error.ts'
import { type Place, type Space, watchSpace } from '../producers/intake/space.ts'
import { type Config } from './config.ts'
import { type Connections } from './connect.ts'

/** A place that can run full, as `status` shows it. */
export const placeSchema = z.strictObject({
  place: z.string(),
  /** full: nothing is taken. */
  level: z.enum(['enough', 'low', 'full']),
  freeBytes: z.number(),
  totalBytes: z.number(),
})
const fileSchema = z.strictObject({ at: z.number(), places: z.array(placeSchema) })

const fileOf = (config: Pick<Config, 'home'>): string => join(config.home, 'space.json')

/** How the places stood when a way in that runs looked last; none where none does. */
export const lastPlaces = (config: Pick<Config, 'home' | 'scp'>): z.output<typeof placeSchema>[] => {
  try {
    const { at, places } = fileSchema.parse(JSON.parse(readFileSync(fileOf(config), 'utf8')))
    return Date.now() - at < 3000 * config.scp.space.checkSeconds + 1000 ? places : []
  } catch {
    return []
  }
}

const keep = (config: Pick<Config, 'home'>, places: readonly Place[]): void => {
  const written = `${fileOf(config)}.${process.pid}`
  writeFileSync(written, JSON.stringify({ at: Date.now(), places }))
  renameSync(written, fileOf(config))
}

const shared = new WeakMap<Connections, { space: Promise<Space>; users: number }>()

/** What the ways in of one process ask whether there is room: they look together, and stop when the last is done. */
export const spaceOf = async (
  connections: Connections,
): Promise<{ readonly space: Space; release(): Promise<void> }> => {
  const { config, logger, store, emitAs } = connections
  const begin = (): Promise<Space> => {
    // The data of the embedded servers lie in our own folder.
    const folders = [...(config.servers ? [] : [config.home]), ...config.scp.space.folders]
    const looked = (places: readonly Place[]): void => {
      if (places.length === 0) return
      try {
        keep(config, places)
      } catch (error) {
        logger.warn({ error: messageOf(error) }, 'how much room is left could not be written down')
      }
    }
    const parts = { scp: config.instance, emit: emitAs('scp'), store, logger, looked }
    return watchSpace({ ...config.scp.space, folders }, parts)
  }
  const one = shared.get(connections) ?? { space: begin(), users: 0 }
  shared.set(connections, one)
  one.users += 1
  const space = await one.space
  return {
    space,
    release: async () => {
      one.users -= 1
      if (one.users > 0) return
      shared.delete(connections)
      await space.stop()
    },
  }
}
