import { type ServiceName, serviceNames } from '../../app/names.ts'

const onlyConfigured: readonly ServiceName[] = ['stow', 'drop']

/** The services that do something without being configured, as `status` lists them. */
export const usualServices = serviceNames.filter((name) => !onlyConfigured.includes(name))
