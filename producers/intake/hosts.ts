import { BlockList, isIP } from 'node:net'

/** An IP address, or a block of them by its prefix (CIDR): the address, and how many bits of it count. */
const blockOf = (text: string): readonly [address: string, bits: number, family: Family] | undefined => {
  const [, address, prefix] = /^([^/]+?)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const version = isIP(address ?? '')
  if (address === undefined || version === 0) return undefined
  const longest = version === 4 ? 32 : 128
  const bits = prefix === undefined ? longest : Number(prefix)
  return bits > longest ? undefined : [address, bits, version === 4 ? 'ipv4' : 'ipv6']
}
type Family = 'ipv4' | 'ipv6'

/** True for what may stand in `hosts`. */
export const isHosts = (text: string): boolean => blockOf(text) !== undefined

/** True when an address is one of these; an IPv4 address is itself, too, where it comes as IPv6 (::ffff:10.0.0.1). */
export const isAmong = (hosts: readonly string[], host: string): boolean => {
  const address = host.replace(/%.*$/, '')
  const version = isIP(address)
  if (version === 0) return false
  const list = new BlockList()
  for (const block of hosts.map(blockOf)) if (block) list.addSubnet(...block)
  return list.check(address, version === 4 ? 'ipv4' : 'ipv6')
}
