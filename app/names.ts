/** The services, by the name that `raddeploy run` takes, in the order in which an instance passes them. */
export const serviceNames = [
  'scp',
  'stow',
  'drop',
  'flows',
  'collector',
  'fingerprinter',
  'gatherer',
  'scheduler',
  'dispatcher',
  'worker',
  'scu',
  'projector',
] as const
export type ServiceName = (typeof serviceNames)[number]
