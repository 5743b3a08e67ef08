"""Connected regions of a mask, with numpy alone."""

import numpy as np


def runs(mask):
    """Horizontal runs of a mask [slice, row, column]: line number, first and last column of each."""
    lines = mask.reshape(-1, mask.shape[-1])
    edges = np.diff(np.pad(lines, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    line, start = np.nonzero(edges == 1)
    _, stop = np.nonzero(edges == -1)
    return line, start, stop - 1


def touching(line, start, stop, distance):
    """Pairs of runs that share a column, one `distance` lines below the other."""
    # runs are sorted by line and column: those that touch run i are neighbours in that order
    width = int(stop.max()) + 2
    first = np.searchsorted(line * width + stop, (line + distance) * width + start, side="left")
    last = np.searchsorted(line * width + start, (line + distance) * width + stop, side="right")
    count = np.maximum(last - first, 0)
    a = np.repeat(np.arange(len(line)), count)
    b = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    return a, b


def labelled(mask, between_slices=True):
    """The runs of a mask and the region each belongs to (6 neighbours, or 4 within each slice)."""
    line, start, stop = runs(mask)
    if len(line) == 0:
        return line, start, stop, line
    rows = mask.shape[1]
    a, b = touching(line, start, stop, 1)
    same_slice = line[a] // rows == line[b] // rows
    a, b = a[same_slice], b[same_slice]
    if between_slices:
        c, d = touching(line, start, stop, rows)
        a, b = np.concatenate([a, c]), np.concatenate([b, d])
    label = np.arange(len(line))
    while True:  # the lowest number of a region spreads along its pairs, with shortcuts
        lower = np.minimum(label[a], label[b])
        before = label.copy()
        np.minimum.at(label, label[a], lower)
        np.minimum.at(label, label[b], lower)
        label = label[label]
        if np.array_equal(label, before):
            return line, start, stop, label


def painted(shape, line, start, stop):
    """The mask made of these runs."""
    steps = np.zeros((shape[0] * shape[1], shape[2] + 1), dtype=np.int8)
    np.add.at(steps, (line, start), 1)
    np.add.at(steps, (line, stop + 1), -1)
    return (np.cumsum(steps, axis=1)[:, :-1] > 0).reshape(shape)


def largest(mask):
    """The largest connected region of a mask."""
    line, start, stop, label = labelled(mask)
    if len(line) == 0:
        return mask
    size = np.bincount(label, weights=stop - start + 1)
    keep = label == size.argmax()
    return painted(mask.shape, line[keep], start[keep], stop[keep])


def filled(mask):
    """The mask without holes: what cannot reach the edge of its slice belongs to it."""
    outside = np.pad(~mask, ((0, 0), (1, 1), (1, 1)), constant_values=True)
    line, start, stop, label = labelled(outside, between_slices=False)
    corner = line % outside.shape[1] == 0  # the padded row above each slice
    keep = np.isin(label, label[corner])
    return ~painted(outside.shape, line[keep], start[keep], stop[keep])[:, 1:-1, 1:-1]
