import { basename } from 'node:path'

/** The answer to each file, by its name, in what dcmtk's storescu prints with -v: `Success`, or why not. */
export const answersIn = (output: string): ReadonlyMap<string, string> => {
  const answers = new Map<string, string>()
  for (const part of output.split('Sending file: ').slice(1)) {
    const answer = /Received Store Response \((.*)\)$/m.exec(part)
    if (answer) answers.set(basename(part.split('\n', 1)[0]!), answer[1]!)
  }
  return answers
}

/** The names of the files that were answered with Success. */
export const acknowledgedIn = (output: string): ReadonlySet<string> =>
  new Set([...answersIn(output)].flatMap(([name, answer]) => (answer === 'Success' ? [name] : [])))
