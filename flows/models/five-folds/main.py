"""An ensemble of five folds, as cross-validation leaves them: registration, five predictions, one merge.

register  /input                    -> /output  PET and MR on the grid of the CT
predict   /input, /registered       -> /output  the mask of one fold, by `fold` (0 to 4) of the config
merge     /input, /folds/0 ... /4   -> /output  an RTSTRUCT of what most folds hold for tumour
"""

import sys
from pathlib import Path

import numpy as np

from imaging import config
from imaging.multimodal import lesion, load, register_study
from imaging.rtstruct import StructureSet
from imaging.volume import find, volume

# Each stands for a network trained without its fifth of the patients: here they differ in the uptake they ask for.
PARTS = [0.35, 0.38, 0.41, 0.44, 0.47]
MASK = "mask.npz"


def register():
    register_study("/input", "/output")


def predict():
    fold = int(config.read()["fold"])
    mask = lesion(volume(find("/input", "CT")), load("/registered"), PARTS[fold])
    np.savez_compressed(Path("/output") / MASK, mask=mask)
    print(f"fold {fold}: {mask.sum()} voxels")


def merge():
    ct = volume(find("/input", "CT"))
    paths = sorted(Path("/folds").rglob(MASK))
    votes = sum(np.load(path)["mask"].astype(int) for path in paths)
    tumour = votes > len(paths) / 2
    structures = StructureSet(ct, "Ensemble GTV")
    structures.add("GTV", tumour.astype("float32"), 0.5, [255, 0, 0], "GTV")
    structures.save("/output")
    print(f"{len(paths)} folds: {tumour.sum() * ct.spacing.prod() / 1000:.1f} cm3")


if __name__ == "__main__":
    {"register": register, "predict": predict, "merge": merge}[sys.argv[1]]()
