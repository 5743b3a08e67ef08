/** By what the objects of an attempt differ from those of another container that ran it. */
export const nonceOf = (containerId: string): string => containerId.slice(0, 12)

/** The first line of a log that was too long: its end was kept. */
export const beginningLeftOut = '[the beginning was left out]\n'

/** The last part of a growing log where more was printed than is shown while the model runs. */
export const restComesLater = '[there is more: it comes with the whole log when the model has ended]\n'
