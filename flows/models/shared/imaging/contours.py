"""Closed contours at a level, by marching squares (Lorensen and Cline's method in the plane)."""

import numpy as np

# Cell corners: 1 = (row, column), 2 = (row, column + 1), 4 = (row + 1, column + 1), 8 = (row + 1, column).
# Edges: 0 top, 1 right, 2 bottom, 3 left. A segment goes from edge to edge with the high side on its right.
SEGMENTS = {
    1: [(3, 0)],
    2: [(0, 1)],
    3: [(3, 1)],
    4: [(1, 2)],
    5: [(3, 0), (1, 2)],
    6: [(0, 2)],
    7: [(3, 2)],
    8: [(2, 3)],
    9: [(2, 0)],
    10: [(0, 1), (2, 3)],
    11: [(2, 1)],
    12: [(1, 3)],
    13: [(1, 0)],
    14: [(0, 3)],
}


def contours(values, level):
    """Closed contours of a slice [row, column] at a level, as arrays [n, 2] of (column, row) positions.

    Positions are in voxels, interpolated between voxel centres. The slice is taken to be low all around, so
    every contour is closed. Outlines and holes run in opposite directions.
    """
    low = min(float(values.min()), level) - 1000
    values = np.pad(values.astype(np.float32), 1, constant_values=low)
    high = values > level
    rows, columns = values.shape
    case = high[:-1, :-1] + 2 * high[:-1, 1:] + 4 * high[1:, 1:] + 8 * high[1:, :-1]

    # every edge of the grid has a number: along the row at (row, column), then those down the column
    start, stop = [], []
    for number, segments in SEGMENTS.items():
        row, column = np.nonzero(case == number)
        here = row * columns + column
        edges = [here, rows * columns + here + 1, here + columns, rows * columns + here]
        for a, b in segments:
            start.append(edges[a])
            stop.append(edges[b])
    start, stop = np.concatenate(start), np.concatenate(stop)

    following = np.full(2 * rows * columns, -1)
    following[start] = stop
    todo = np.zeros(len(following), dtype=bool)
    todo[start] = True
    following, todo = following.tolist(), todo.tolist()
    chains = []
    for first in start.tolist():
        if todo[first]:
            chain, edge = [], first
            while todo[edge]:
                todo[edge] = False
                chain.append(edge)
                edge = following[edge]
            chains.append(np.array(chain))
    return [points(values, level, chain) for chain in chains]


def points(values, level, edges):
    """Where the level crosses these edges, as (column, row) without the padding."""
    rows, columns = values.shape
    down = edges >= rows * columns
    row, column = np.divmod(edges % (rows * columns), columns)
    a = values[row, column]
    b = values[row + down, column + ~down]
    part = (level - a) / (b - a)
    return np.stack([column + part * ~down, row + part * down], axis=1) - 1


def area(contour):
    """Area inside a contour in square voxels."""
    x, y = contour.T
    return abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2


def thinned(contour, tolerance=0.05):
    """The contour without points that lie (nearly) on the line between their neighbours.

    Every second point may go, three times over; the outline moves by less than 3 `tolerance` (voxels).
    """
    for _ in range(3):
        if len(contour) < 8:
            break
        before, after = np.roll(contour, 1, axis=0), np.roll(contour, -1, axis=0)
        chord, offset = after - before, contour - before
        away = np.abs(chord[:, 0] * offset[:, 1] - chord[:, 1] * offset[:, 0])
        keep = away >= tolerance * np.hypot(chord[:, 0], chord[:, 1])
        keep[1::2] = True
        contour = contour[keep]
    return contour
