"""Rigid registration by mutual information."""

import numpy as np

from .volume import moved

BINS = 32


def mutual_information(a, b):
    """Mutual information of two lists of bin numbers, in nats."""
    joint = np.bincount(a * BINS + b, minlength=BINS * BINS).reshape(BINS, BINS) / len(a)
    independent = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
    some = joint > 0
    return float(np.sum(joint[some] * np.log(joint[some] / independent[some])))


def equal_bins(values):
    """Edges of bins that hold about equally many values; air, all alike, gets one."""
    return np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1]))


def rigid(parameters, centre):
    """4x4 matrix: rotations about x, y and z (degrees) around `centre`, then a shift (mm)."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(np.radians(parameters[3:])), np.sin(np.radians(parameters[3:]))
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    matrix = np.eye(4)
    matrix[:3, :3] = about_z @ about_y @ about_x
    matrix[:3, 3] = centre + parameters[:3] - matrix[:3, :3] @ centre
    return matrix


def register(fixed, moving, spacing=5.0, first_step=8.0, last_step=0.25):
    """The rigid 4x4 matrix that takes points of `fixed` to the same anatomy in `moving`.

    Steps along each of six axes (mm, and half as many degrees) are tried while they help and then halved.
    Points lie about `spacing` mm apart, jittered, since a regular grid prefers shifts by whole voxels.
    """
    step = np.maximum(1, np.round(spacing / fixed.spacing)).astype(int)
    k, j, i = (np.arange(0, n, s) for n, s in zip(fixed.voxels.shape, step[::-1]))
    k, j, i = np.meshgrid(k, j, i, indexing="ij")
    index = np.stack([i.ravel(), j.ravel(), k.ravel()], axis=1).astype(float)
    index += np.random.default_rng(1).uniform(-0.5, 0.5, index.shape) * step
    points = fixed.origin + fixed.spacing * index
    centre = fixed.centre()
    fixed_values = fixed.sample(points, outside=fixed.voxels.min())
    fixed_bins = np.searchsorted(equal_bins(fixed_values), fixed_values)
    moving_edges = equal_bins(moving.voxels[::4, ::4, ::4])

    def likeness(parameters):
        values = moving.sample(moved(points, rigid(parameters, centre)))
        return mutual_information(fixed_bins, np.searchsorted(moving_edges, values))

    start = np.zeros(6)
    if fixed.images[0].FrameOfReferenceUID != moving.images[0].FrameOfReferenceUID:
        start[:3] = moving.centre() - centre
    best, best_likeness, size = start, likeness(start), first_step
    while size >= last_step:
        improved = False
        for axis in range(6):
            for direction in (1, -1):
                trial = best.copy()
                trial[axis] += direction * size * (1 if axis < 3 else 0.5)
                value = likeness(trial)
                if value > best_likeness:
                    best, best_likeness, improved = trial, value, True
                    break
        if not improved:
            size /= 2
    return rigid(best, centre)
