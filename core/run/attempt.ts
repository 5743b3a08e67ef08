/** How an attempt at a model of a run is named. */
export const attemptKey = ({
  jobId,
  attempt,
}: {
  readonly jobId: string
  readonly attempt: number
}): string => `${jobId}/${attempt}`
