import { type Fact } from '../../core/event/event.ts'
import { type Trigger } from '../../core/flow/schema.ts'
import { type Candidate, triggerTakes, whyNot } from '../../core/flow/trigger.ts'
import { key } from '../../infra/s3/key.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { type MountRef } from '../../schemas/generated/shared.ts'
import { headersOf } from './headers.ts'
import { modelQueued } from './ready.ts'
import { type Run } from './state.ts'

/**
 * Reads the mounts that the `when` of a model names: the model is queued where each trigger is met by a file of
 * its mount, else skipped. Whoever does it says the same, for the inputs never change.
 */
export const lookAt =
  (store: ObjectStore) =>
  async (run: Run, jobId: string, signal: AbortSignal): Promise<Fact<'ModelQueued' | 'ModelSkipped'>> => {
    const { model } = run.jobs[jobId]!
    const queued = modelQueued(run, model, 1)
    for (const [name, triggers] of Object.entries(run.flow!.models[model]!.when ?? {})) {
      const reason = await unmet(store, run.mounts[name]!, triggers, signal)
      if (reason === undefined) continue
      const { runId, flowName } = queued.data
      const manifest = await store.putJson(key.skippedOutput(runId, jobId), { files: [] })
      const output: MountRef = { name: 'empty', manifest, files: 0, bytes: 0 }
      const data = { runId, jobId, model, name: queued.data.name, flowName, reason, output }
      return { type: 'ModelSkipped', stream: runId, data }
    }
    return queued
  }

/**
 * Why a mount does not meet the triggers, in counts: the first that no file meets. Undefined where it meets them.
 * What is no DICOM meets no trigger, not even one that only says what must not be.
 */
const unmet = async (
  store: ObjectStore,
  mount: MountRef,
  triggers: readonly Trigger[],
  signal: AbortSignal,
): Promise<string | undefined> => {
  const files: Candidate[] = []
  let notDicom = 0
  let open = [...triggers.entries()]
  const keys = new Set(triggers.flatMap((trigger) => Object.keys(trigger)))
  for await (const some of headersOf(store, mount, keys, signal)) {
    files.push(...some.files)
    notDicom += some.notDicom
    open = open.filter(([, trigger]) => triggerTakes(trigger, some.files).ids.length === 0)
    if (open.length === 0) return undefined
  }
  const [first] = open
  if (!first) return undefined
  const [index, trigger] = first
  const named = { files: `file of "${mount.name}"`, trigger: `trigger ${index + 1}` }
  const others = notDicom > 0 ? `; ${notDicom} of ${files.length + notDicom} are no DICOM` : ''
  return `${whyNot(triggerTakes(trigger, files), files.length, named)}${others}`
}
