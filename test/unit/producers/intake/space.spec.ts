import { pino } from 'pino'
import { expect, test } from 'vitest'
import { type Fact, type Recorded } from '../../../../core/event/event.ts'
import { watchSpace } from '../../../../producers/intake/space.ts'
import { spaceSchema } from '../../../../producers/intake/spaceConfig.ts'
import { recorded } from '../../../support/events.ts'
import { until } from '../../../support/until.ts'
import { startFakeS3 } from '../../infra/s3/fakeS3.ts'

/** A bucket of so many bytes that holds some, watched. */
const watched = async (bucketBytes: number, holds: number, answers = true) => {
  const s3 = await startFakeS3()
  s3.objects.set('there', Buffer.alloc(holds))
  if (!answers) s3.trouble.before = ({ response }) => (response.socket!.destroy(), true)
  const said: Fact[] = []
  const emit = (fact: Fact): Promise<Recorded> => {
    said.push(fact)
    return Promise.resolve(recorded(fact))
  }
  const parts = { scp: 'ward', emit, store: s3.store, logger: pino({ level: 'silent' }) }
  const space = await watchSpace(spaceSchema.parse({ bucketBytes, checkSeconds: 0.05 }), parts)
  return { space, said, close: () => Promise.all([space.stop(), s3.close()]) }
}

test('a bucket with a quota is counted, and what we put since', async () => {
  const { space, said, close } = await watched(1000, 850)
  await until(() => space.places().length > 0, 'that it is counted')
  expect(space.places()).toEqual([{ place: 'bucket', freeBytes: 150, totalBytes: 1000, level: 'enough' }])
  expect(space.refusal()).toBeUndefined()
  space.took(120)
  await until(() => said.length === 2, 'that it ran full')
  expect(said.map(({ type }) => type)).toEqual(['SpaceRanLow', 'IntakePaused'])
  expect(said[1]!.data).toMatchObject({ scp: 'ward', place: 'bucket', freeBytes: 30, watermarkBytes: 50 })
  expect(space.refusal()).toMatchObject({ code: 'RD_INTAKE_PAUSED' })
  await close()
})

test('while a bucket cannot be counted everything is taken', async () => {
  const { space, close } = await watched(1000, 1000, false)
  expect(space.places()).toEqual([])
  expect(space.refusal()).toBeUndefined()
  await close()
})
