import { z } from 'zod'
import { aliasVrs, fits } from '../deidentify/setText.ts'
import {
  dictionaryVrOf,
  isPrivate,
  keywordOf,
  keywords,
  tagOf,
  tagText,
} from '../dicom/attributes/dictionary.ts'
import { nearest } from './nearest.ts'

/** The options of PS3.15, annex E, that are done. */
export const options = [
  'retain_safe_private',
  'retain_uids',
  'retain_device_identity',
  'retain_institution_identity',
  'retain_patient_characteristics',
  'retain_longitudinal_full_dates',
  'retain_longitudinal_modified_dates',
  'clean_descriptors',
] as const
export type Option = (typeof options)[number]

/** Those that are not, and why. */
const refusedOptions: Readonly<Record<string, string>> = {
  clean_pixel_data: 'text in the pixels cannot be found without looking at them',
  clean_recognizable_visual_features: 'faces in the pixels cannot be found without looking at them',
  clean_graphics: 'no rule tells which graphics and overlays show who it is; they are removed',
  clean_structured_content: 'no rule tells which texts of a report say who it is; its content is removed',
}

const option = z.string({ error: 'is the name of an option' }).transform((name, context): Option => {
  const known = options.find((one) => one === name)
  if (known !== undefined) return known
  const guess = nearest(name, options)
  const message =
    refusedOptions[name] !== undefined
      ? `"${name}" cannot be done: ${refusedOptions[name]}`
      : `"${name}" is no option${guess === undefined ? '' : `; did you mean "${guess}"?`}`
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

/** What makes an instance what it is, or says how its bytes are to be read. */
const untouchable = new Map<number, string>([
  [0x00080005, 'says how the other texts are written'],
  [0x00080016, 'says what the instance is'],
  ...[2, 4, 6, 8, 0x10, 0x11, 0x100, 0x101, 0x102, 0x103].map((element): [number, string] => [
    0x00280000 + element,
    'says how the pixels are written',
  ]),
])

const tagOfKey = (key: string): number | undefined => {
  const digits = /^\(([0-9a-f]{4}),\s*([0-9a-f]{4})\)$/i.exec(key)
  return digits === null ? tagOf(key) : parseInt(digits[1]! + digits[2]!, 16)
}

const whyNoTag = (key: string): string | undefined => {
  const tag = tagOfKey(key)
  if (tag === undefined) {
    const guess = nearest(key, keywords)
    return `"${key}" is no DICOM keyword and no tag (gggg,eeee)${guess === undefined ? '' : `; did you mean "${guess}"?`}`
  }
  if (tag < 0x00080000) return `"${key}" is not part of the data set, which begins with group 0008`
  if (tag >>> 16 >= 0x7fe0) return `"${key}" is not before the pixels`
  if ((tag & 0xffff) === 0) return `"${key}" is the length of a group`
  const reason = untouchable.get(tag)
  return reason === undefined ? undefined : `"${key}" ${reason}, and stays`
}

const action = z.union(
  [
    z.strictObject({ keep: z.literal(true) }),
    z.strictObject({ remove: z.literal(true) }),
    z.strictObject({ empty: z.literal(true) }),
    z.strictObject({ pseudonym: z.literal(true) }),
    z.strictObject({
      set: z
        .union([z.string().min(1), z.number()], { error: 'is a text or a number' })
        .transform((value) => String(value)),
    }),
  ],
  {
    error:
      'is one of {keep: true}, {remove: true}, {empty: true}, {pseudonym: true} and {set: a text or number}',
  },
)
/** What becomes of one element. */
export type TagRule = z.output<typeof action>

const whyNot = (key: string, rule: TagRule): string | undefined => {
  const tag = tagOfKey(key)!
  const vr = dictionaryVrOf(tag)
  if (isPrivate(tag) && !('remove' in rule || 'empty' in rule))
    return 'is private: it can be removed or emptied; safe_private keeps private elements'
  if (tag === 0x00080018 && !('keep' in rule || 'pseudonym' in rule))
    return 'says which instance it is: it can be kept or replaced by a pseudonym'
  if ('pseudonym' in rule && vr !== 'UI' && !aliasVrs.has(vr ?? ''))
    return `cannot have a pseudonym: its VR is ${vr ?? 'not known'}`
  if ('set' in rule && vr === undefined) return 'cannot be set: its VR is not known'
  if ('set' in rule && !fits(vr!, rule.set)) return `"${rule.set}" does not fit its VR ${vr}`
  return undefined
}

const tags = z
  .record(
    z.string().superRefine((key, context) => {
      const message = whyNoTag(key)
      if (message !== undefined) context.addIssue({ code: 'custom', message })
    }),
    action,
    { error: 'is a map from DICOM keywords or tags to what becomes of them' },
  )
  .superRefine((rules, context) => {
    for (const [key, rule] of Object.entries(rules)) {
      const message = tagOfKey(key) === undefined ? undefined : whyNot(key, rule)
      if (message !== undefined) context.addIssue({ code: 'custom', path: [key], message })
    }
  })
  .transform((rules) =>
    Object.fromEntries(Object.entries(rules).map(([key, rule]) => [canonical(key), rule])),
  )

/** One name for each element: its keyword where it has one. */
const canonical = (key: string): string => {
  const tag = tagOfKey(key)
  if (tag === undefined) return key
  return keywordOf(tag) ?? tagText(tag)
}

const safePrivate = z
  .record(
    z.string().min(1),
    z.array(
      z
        .string({ error: 'is a tag (gggg,xxee)' })
        .regex(/^\([0-9a-f]{3}[13579bdf],xx[0-9a-f]{2}\)$/i, {
          error: 'is a tag (gggg,xxee): an odd group, "xx" for the block, two digits',
        })
        .transform((text) => text.toUpperCase().replace('XX', 'xx')),
      { error: 'is a list of tags (gggg,xxee)' },
    ),
    { error: 'is a map from private creators to lists of tags (gggg,xxee)' },
  )
  .describe('Private elements that say nothing of the patient, by private creator.')

const shape = {
  profile: z
    .enum(['basic', 'none'], { error: 'is basic or none' })
    .default('basic')
    .describe('The basic profile of PS3.15, annex E, or nothing but the tags below.'),
  options: z
    .array(option, { error: 'is a list of options' })
    .transform((names) => options.filter((one) => names.includes(one)))
    .default([])
    .describe('What is to stay, or to be cleaned instead of removed.'),
  tags: tags.default({}).describe('What becomes of single elements, whatever the profile says.'),
  words: z
    .array(
      z
        .string()
        .regex(/^[A-Za-z0-9]{1,64}$/, { error: 'is a word of ASCII letters and digits' })
        .transform((word) => word.toUpperCase()),
      { error: 'is a list of words' },
    )
    .default([])
    .describe(
      'Words that clean_descriptors lets stand, besides those of anatomy and technique that it knows.',
    ),
  safe_private: safePrivate.default({}),
  burned_in: z
    .enum(['refuse', 'send'], { error: 'is refuse or send' })
    .default('refuse')
    .describe('What becomes of instances that say that text is burned into their pixels (0028,0301).'),
}

/** How what goes to a destination is de-identified or changed, as a flow file says it. */
export const deidentifySchema = z
  .union(
    [
      z
        .boolean()
        .refine((value) => value, { error: 'is true, or a map; leave it out where nothing is to be changed' })
        .transform(() => ({})),
      z.strictObject(shape),
    ],
    {
      error: 'is true, or a map with profile, options and tags',
    },
  )
  .pipe(z.strictObject(shape))
  .superRefine((rules, context) => {
    const say = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message, params: { atKey: true } })
    const has = (name: Option): boolean => rules.options.includes(name)
    if (has('retain_longitudinal_full_dates') && has('retain_longitudinal_modified_dates'))
      say('options', 'cannot keep dates as they are and change them')
    if (rules.profile === 'none' && rules.options.length > 0) say('options', 'belong to the basic profile')
    if (rules.profile === 'none' && Object.keys(rules.tags).length === 0)
      say('profile', 'is none, and no tags are named: nothing would be changed')
    const isListed = Object.keys(rules.safe_private).length > 0
    if (has('retain_safe_private') && !isListed)
      say('options', 'retain_safe_private keeps what safe_private lists, and that is missing')
    if (!has('retain_safe_private') && isListed) say('safe_private', 'needs the option retain_safe_private')
    if (!has('clean_descriptors') && rules.words.length > 0)
      say('words', 'needs the option clean_descriptors')
  })

/** The rules, every default filled in. */
export type Deidentify = z.output<typeof deidentifySchema>
export const deidentifyKeys = Object.keys(shape)
