import { expect, test } from 'vitest'
import { type Recorded } from '../../../../core/event/event.ts'
import { mountManifestSchema } from '../../../../core/manifest/manifest.ts'
import { closedWith, consider, inForce, instance, s3 } from '../../../support/considering.ts'

test('what was sent twice in one association is in src once; other content under its UID is there under another name', async () => {
  const [head, foot] = ['a'.repeat(64), 'b'.repeat(64)]
  const sent = [
    instance('1', 'CT', { datasetSha256: head }),
    instance('1', 'CT', { datasetSha256: head }),
    instance('1', 'CT', { datasetSha256: foot }),
    instance('2', 'MR', { datasetSha256: head }),
  ]
  const [matched] = (await consider(closedWith(...sent), inForce('f', ''))) as [Recorded<'TriggerMatched'>]
  const { files, bytes, manifest } = matched.data.input
  const read = mountManifestSchema.parse(JSON.parse(s3.objects.get(manifest.key)!.toString('utf8')))
  expect(read.files).toEqual([
    { path: '1.dcm', object: sent[0]!.object },
    { path: '1-2.dcm', object: sent[2]!.object },
    { path: '2.dcm', object: sent[3]!.object },
  ])
  expect({ files, bytes }).toEqual({
    files: 3,
    bytes: read.files.reduce((sum, one) => sum + one.object.size, 0),
  })
})
