import type Docker from 'dockerode'
import { answered } from './executor/silence.ts'

/**
 * A question to ask again and again: whether the Docker Engine answers within `answerMs`. `onReturn` is called when
 * it does after it did not: what was left on it meanwhile is to be tidied up.
 */
export const engineWatch = (
  docker: Pick<Docker, 'ping'>,
  answerMs: number,
  onReturn: () => unknown,
): (() => Promise<boolean>) => {
  let wasThere = true
  return async () => {
    const isThere = await answered(answerMs, () => docker.ping()).then(
      () => true,
      () => false,
    )
    if (isThere && !wasThere) onReturn()
    wasThere = isThere
    return isThere
  }
}
