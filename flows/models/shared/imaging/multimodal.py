"""CT, PET and MR of one patient on the grid of the CT."""

import json
from pathlib import Path

import numpy as np

from .regions import filled, largest
from .registration import register
from .volume import find, volume

IMAGES = "images.npz"
UNITS = {"pet": 1000.0, "t1": 1.0, "t2": 1.0}  # PET is kept in kBq/ml


def read(folder):
    """The series of a study folder: ct, pet, t1, t2."""
    return {
        "ct": volume(find(folder, "CT")),
        "pet": volume(find(folder, "PT")),
        "t1": volume(find(folder, "MR", "t1")),
        "t2": volume(find(folder, "MR", "t2")),
    }


def register_study(folder, output):
    """Brings PET, T1 and T2 to the grid of the CT; writes the images and the matrices found.

    Series of one frame of reference lie as they were scanned, so one registration serves them all, and none
    is needed in the frame of the CT itself.
    """
    series = read(folder)
    ct = series.pop("ct")
    frames = {ct.images[0].FrameOfReferenceUID: np.eye(4)}
    images, matrices = {}, {}
    for name, moving in series.items():
        frame = moving.images[0].FrameOfReferenceUID
        if frame not in frames:
            frames[frame] = register(ct, moving)
        matrices[name] = frames[frame].round(6).tolist()
        images[name] = (moving.resampled(ct, frames[frame]) / UNITS[name]).astype(np.float16)
        print(f"{name}: shift {np.round(frames[frame][:3, 3], 1)} mm")
    np.savez(Path(output) / IMAGES, **images)
    (Path(output) / "ct-to-moving.json").write_text(json.dumps(matrices, indent=2))


def load(folder):
    """The registered images by name, float32."""
    with np.load(Path(folder) / IMAGES) as images:
        return {name: images[name].astype(np.float32) for name in images}


def lesion(ct, images, part=0.41):
    """The largest region in the head that takes up more than `part` of the highest uptake and is bright in T2."""
    head = filled(largest(ct.voxels > -300))
    uptake = np.where(head, images["pet"], 0)
    bright = images["t2"] > np.median(images["t2"][head])
    return largest((uptake > part * uptake.max()) & bright)
