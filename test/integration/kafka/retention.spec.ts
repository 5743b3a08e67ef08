import { pino } from 'pino'
import { expect, inject, test } from 'vitest'
import { kafkaClient } from '../../../infra/kafka/client.ts'
import { offsetsAreKept } from '../../../infra/kafka/retention.ts'

test('the embedded broker keeps the offsets of processors that are away for a year', async () => {
  const logger = pino({ level: 'silent' })
  const kafka = kafkaClient({ ...inject('endpoints').kafka, clientId: 'retention' }, logger)
  expect(await offsetsAreKept(kafka, logger)).toBe(true)
})
