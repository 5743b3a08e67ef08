import { describe, expect, test } from 'vitest'
import { layoutOf, staticMount } from '../../../../../processors/worker/executor/mounts.ts'
import { specOf } from '../../../../../processors/worker/executor/spec.ts'

const layout = (spec: object) =>
  layoutOf(specOf(JSON.stringify({ docker_kwargs: { image: 'models/bone:1' }, ...spec })))

describe('the layout of a container', () => {
  test('has a volume for each mount', () => {
    expect(layout({ input_mounts: { ct: '/in/ct/', mr: '/in/mr' }, output_mounts: { dst: '/out' } })).toEqual(
      {
        volumes: [
          { path: '/in/ct', inputs: ['ct'], outputs: [] },
          { path: '/in/mr', inputs: ['mr'], outputs: [] },
          { path: '/out', inputs: [], outputs: ['dst'] },
        ],
      },
    )
  })

  test('has one volume for mounts at one path: a model may work in place', () => {
    expect(layout({ input_mounts: { src: '/data' }, output_mounts: { dst: '/data/' } }).volumes).toEqual([
      { path: '/data', inputs: ['src'], outputs: ['dst'] },
    ])
  })

  test('has a folder for the config, in the innermost mount that holds it, or of its own', () => {
    const config = { a: 1 }
    expect(layout({ config }).config).toEqual({ folder: '/config' })
    expect(layout({ config, config_dump_folder: '/inputs/x' }).config).toEqual({ folder: '/inputs/x' })
    expect(layout({ config, config_dump_folder: '/input' }).config).toEqual({
      folder: '/input',
      volume: { index: 0, path: '' },
    })
    expect(
      layout({ config, config_dump_folder: '/a/b/c', input_mounts: { src: '/a', other: '/a/b' } }).config,
    ).toEqual({ folder: '/a/b/c', volume: { index: 1, path: 'c' } })
  })

  test('has no config where the flow has none, or wants none', () => {
    expect(layout({}).config).toBeUndefined()
    expect(layout({ config: { a: 1 }, config_dump_folder: '' }).config).toBeUndefined()
  })
})

describe('a static mount', () => {
  const allowed = [
    { prefix: '/srv/models', writable: false },
    { prefix: '/srv/scratch/', writable: true },
  ]

  test('is read-only unless the flow asks for more and the worker grants it', () => {
    expect(staticMount('/srv/models/v1:/weights', allowed)).toEqual({
      source: '/srv/models/v1',
      target: '/weights',
      readOnly: true,
    })
    expect(staticMount('/srv/scratch:/s', allowed).readOnly).toBe(true)
    expect(staticMount('/srv/scratch/a:/s:rw', allowed).readOnly).toBe(false)
    expect(() => staticMount('/srv/models:/weights:rw', allowed)).toThrow(/only be read on this worker/)
  })

  test.each([
    '/srv/models/../../etc:/weights',
    '/srv/modelsX:/weights',
    '/etc:/weights',
    '/:/weights',
    '/srv:/weights',
  ])('%s is refused: it is not a folder that the worker allows', (text) => {
    expect(() => staticMount(text, allowed)).toThrow(/not allowed on this worker; add its folder/)
  })

  test.each(['weights:/weights', './a:/weights', '/srv/models', '/srv/models:/w:x'])(
    '%s is refused: it is not a mount',
    (text) => {
      expect(() => staticMount(text, allowed)).toThrow(/is not of the form/)
    },
  )

  test('is refused by a worker that allows nothing', () => {
    expect(() => staticMount('/srv/models:/weights', [])).toThrow(/not allowed/)
  })
})
