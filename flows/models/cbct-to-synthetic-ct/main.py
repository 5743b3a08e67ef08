"""A synthetic CT for dose calculation from the CBCT of the day: reads /input, writes a CT series to /output.

The planning CT lies on the CBCT by the registration (REG) of the study. From both, voxel by voxel, it is
learnt which HU the CBCT's values stand for, and how its scatter shades the image; the synthetic CT has the
anatomy of the day in those HU.
"""

import copy
from pathlib import Path

import numpy as np
from pydicom.sequence import Sequence

from imaging.regions import filled, largest
from imaging.rtstruct import reference
from imaging.uid import ContentUid
from imaging.volume import find, volume

AIR = -1000
BODY_LEVEL = -300
LOWEST, HIGHEST = -1024, 3071  # HU that 12 bits hold


def main():
    images = find("/input", "CT")
    registration = find("/input", "REG")[0]
    matrices = {item.FrameOfReferenceUID: matrix(item) for item in registration.RegistrationSequence}
    fixed_frame = registration.FrameOfReferenceUID
    moving_frame = next(frame for frame in matrices if frame != fixed_frame)

    planning = volume([i for i in images if i.FrameOfReferenceUID == fixed_frame])
    cbct = volume([i for i in images if i.FrameOfReferenceUID == moving_frame])
    to_planning = np.linalg.inv(matrices.get(fixed_frame, np.eye(4))) @ matrices[moving_frame]
    plan = planning.resampled(cbct, to_planning, outside=np.nan)

    day = smoothed(cbct.voxels)
    body = filled(largest(day > BODY_LEVEL))
    both = body & (plan > BODY_LEVEL) & (day > BODY_LEVEL)
    hu = learnt(day[both], plan[both])(day)
    tissue = both & (np.abs(hu) < 200) & (np.abs(plan) < 200)
    synthetic = np.where(body, hu + shading(tissue, plan - hu), AIR)
    print(f"difference to the plan: CBCT {np.abs(day - plan)[both].mean():.0f} HU, "
          f"synthetic CT {np.abs(synthetic - plan)[both].mean():.0f} HU")
    write(synthetic, cbct.images, "/output")


def matrix(item):
    """The 4x4 matrix of a registration item: its points (mm) to the registered frame (PS3.3 C.20.2)."""
    result = np.eye(4)
    for step in item.MatrixRegistrationSequence[0].MatrixSequence:
        if step.FrameOfReferenceTransformationMatrixType != "RIGID":
            raise SystemExit("only rigid registrations can be used")
        result = np.reshape([float(v) for v in step.FrameOfReferenceTransformationMatrix], (4, 4)) @ result
    return result


def smoothed(voxels):
    """Mean over 3 x 3 x 3 voxels, against the noise of the cone beam."""
    for axis in range(3):
        padded = np.concatenate([voxels.take([0], axis), voxels, voxels.take([-1], axis)], axis)
        a, b, c = (padded.take(range(n, n + voxels.shape[axis]), axis) for n in range(3))
        voxels = (a + b + c) / 3
    return voxels


def learnt(day, plan):
    """The rising curve from CBCT values to HU that gives the plan's distribution of values."""
    part = np.concatenate([np.linspace(0, 0.99, 100), np.linspace(0.991, 1, 10)])
    from_values, to_values = np.quantile(day, part), np.quantile(plan, part)
    return lambda values: np.interp(values, from_values, to_values)


def shading(tissue, difference):
    """Scatter varies slowly: the quadratic of x, y and z that fits the difference in soft tissue best."""
    z, y, x = (np.linspace(-1, 1, n, dtype=np.float32) for n in tissue.shape)
    x, y, z = x[None, None, :], y[None, :, None], z[:, None, None]
    one = np.ones(tissue.shape, dtype=np.float32)
    terms = [one * t for t in (1, x, y, z, x * x, y * y, z * z, x * y, x * z, y * z)]
    fit = np.stack([t[tissue][::10] for t in terms], axis=1)
    weights = np.linalg.lstsq(fit, difference[tissue][::10], rcond=None)[0]
    return sum(weight * t for weight, t in zip(weights, terms))


def write(voxels, images, folder):
    """CT images on the planes of the CBCT's images, as a new series."""
    stored = np.clip(np.round(voxels), LOWEST, HIGHEST) - LOWEST
    content = ContentUid("synthetic CT", *(i.SOPInstanceUID for i in images), stored.astype("<u2").tobytes())
    for number, (image, pixels) in enumerate(zip(images, stored), start=1):
        ct = copy.deepcopy(image)
        ct.SOPInstanceUID = ct.file_meta.MediaStorageSOPInstanceUID = content.uid(str(number))
        ct.SeriesInstanceUID = content.uid("series")
        ct.SeriesNumber = 100
        ct.InstanceNumber = number
        ct.SeriesDescription = "Synthetic CT"
        ct.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
        ct.DerivationDescription = "HU from the planning CT on the anatomy of the CBCT"
        ct.SourceImageSequence = Sequence([reference(image)])
        ct.RescaleIntercept, ct.RescaleSlope = LOWEST, 1
        ct.BitsStored, ct.HighBit, ct.PixelRepresentation = 12, 11, 0
        ct.PixelData = pixels.astype("<u2").tobytes()
        ct["PixelData"].VR = "OW"
        ct.save_as(Path(folder) / f"CT.{ct.SOPInstanceUID}.dcm", write_like_original=False)


if __name__ == "__main__":
    main()
