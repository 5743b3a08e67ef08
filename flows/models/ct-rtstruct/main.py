"""BODY and BONE contours of a CT, by thresholds: reads /input, writes an RTSTRUCT to /output."""

import numpy as np

from imaging.regions import filled, largest
from imaging.rtstruct import StructureSet
from imaging.volume import find, volume

BODY_LEVEL = -300  # HU: between air and skin
BONE_LEVEL = 200  # HU
AIR = -1000


def main():
    ct = volume(find("/input", "CT"))
    body = largest(ct.voxels > BODY_LEVEL)  # without couch and head rest
    inside = filled(body)
    structures = StructureSet(ct, "BODY and BONE")

    # Contours run where the HU cross the level: filled holes are tissue, everything else that is not body is air.
    skin = np.where(body, ct.voxels, np.where(inside, 0, AIR))
    skin = np.where(~inside & (ct.voxels <= BODY_LEVEL), ct.voxels, skin)
    count = structures.add("BODY", skin, BODY_LEVEL, [0, 255, 0], "EXTERNAL")
    print(f"BODY: {inside.sum() * ct.spacing.prod() / 1000:.0f} cm3, {count} contours")

    bone = np.where(inside, ct.voxels, AIR)
    count = structures.add("BONE", bone, BONE_LEVEL, [255, 255, 0])
    print(f"BONE: {(bone > BONE_LEVEL).sum() * ct.spacing.prod() / 1000:.0f} cm3, {count} contours")
    print("written", structures.save("/output").name)


if __name__ == "__main__":
    main()
