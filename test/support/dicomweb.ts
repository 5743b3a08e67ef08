import { api } from 'dicomweb-client'

/** As much of a browser's XMLHttpRequest as dicomweb-client needs. */
class BrowserRequest {
  onreadystatechange: () => void = () => undefined
  readyState = 0
  status = 0
  response = ''
  #url = ''
  #type = ''
  readonly #headers: Record<string, string> = {}

  open(_: string, url: string): void {
    this.#url = url
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers[name] = value
  }

  getResponseHeader(): string {
    return this.#type
  }

  getAllResponseHeaders(): string {
    return ''
  }

  send(body: ArrayBuffer): void {
    void fetch(this.#url, { method: 'POST', headers: this.#headers, body }).then(async (answer) => {
      this.status = answer.status
      this.#type = answer.headers.get('content-type') ?? ''
      this.response = await answer.text()
      this.readyState = 4
      this.onreadystatechange()
    })
  }
}

/** Stores files with a client that is not ours; the text of the answer. Rejects with its status where it is a refusal. */
export const storeInstances = async (
  service: string,
  files: readonly Buffer[],
  { token, studyInstanceUID }: { readonly token?: string; readonly studyInstanceUID?: string } = {},
): Promise<string> => {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
  const client = new api.DICOMwebClient({ url: service, headers, singlepart: '', verbose: false })
  const datasets = files.map(
    ({ buffer, byteOffset, byteLength }) => buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer,
  )
  const instance = new BrowserRequest()
  const study = studyInstanceUID === undefined ? {} : { studyInstanceUID }
  const options = { datasets, ...study, request: { instance } }
  return (await client.storeInstances(
    options as unknown as Parameters<typeof client.storeInstances>[0],
  )) as string
}
