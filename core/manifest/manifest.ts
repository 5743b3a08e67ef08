import { z } from 'zod'

/** An object as manifests name it: the same fields as the Avro record raddeploy.shared.ObjectRef. */
export const objectRefSchema = z.object({
  key: z.string().min(1),
  size: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

/** One instance of a bundle, as its InstanceStored event said. */
export const bundledInstanceSchema = z.object({
  sopInstanceUid: z.string(),
  sopClassUid: z.string(),
  seriesInstanceUid: z.string().nullable(),
  studyInstanceUid: z.string().nullable(),
  /** Absent in manifests of 0.1.0. */
  frameOfReferenceUid: z.string().nullish(),
  /** Keyed, as in InstanceStored; absent in manifests of 0.1.0. */
  patientPseudonym: z.string().nullish(),
  transferSyntaxUid: z.string(),
  object: objectRefSchema,
  datasetOffset: z.number().int().nonnegative(),
  headerLength: z.number().int().nonnegative(),
  /** Absent where its event does not say it. */
  datasetSha256: z.string().nullish(),
})
export type BundledInstance = z.infer<typeof bundledInstanceSchema>

/** The manifest object of a bundle: 10,000 instances would make a record too large. */
export const bundleManifestSchema = z.object({ instances: z.array(bundledInstanceSchema) })
export type BundleManifest = z.infer<typeof bundleManifestSchema>

/** One file of a mount; `path` is relative, with forward slashes, and never leaves the mount. */
export const mountFileSchema = z.object({ path: z.string().min(1), object: objectRefSchema })
export type MountFile = z.infer<typeof mountFileSchema>

/** The manifest object of a mount. */
export const mountManifestSchema = z.object({ files: z.array(mountFileSchema) })
export type MountManifest = z.infer<typeof mountManifestSchema>
