import type dimse from 'dcmjs-dimse'

/** The library's association and presentation context, by the names of the standard. */
export type Association = InstanceType<typeof dimse.association.Association>
export type PresentationContext = InstanceType<typeof dimse.association.PresentationContext>
