"""Image series as voxel volumes in patient coordinates (mm, DICOM LPS)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom


@dataclass
class Volume:
    """Voxels [slice, row, column] of an axial series, with the images they came from."""

    voxels: np.ndarray  # float32, in HU, Bq/ml, ...
    origin: np.ndarray  # centre of voxel [0, 0, 0] as (x, y, z) in mm
    spacing: np.ndarray  # distance of voxel centres along (x, y, z) in mm
    images: list  # pydicom data sets without pixels, lowest slice first

    def grid(self, step=1):
        """Centres of every step-th voxel as (x, y, z) in mm, shape [n, 3]."""
        z, y, x = (np.arange(0, n, step, dtype=np.float32) for n in self.voxels.shape)
        z, y, x = np.meshgrid(z, y, x, indexing="ij")
        return self.origin + self.spacing * np.stack([x.ravel(), y.ravel(), z.ravel()], axis=1)

    def centre(self):
        """Middle of the volume in mm."""
        return self.origin + self.spacing * (np.array(self.voxels.shape[::-1]) - 1) / 2

    def sample(self, points, outside=0.0):
        """Values at points [n, 3] (mm) by trilinear interpolation."""
        index = ((points - self.origin) / self.spacing).astype(np.float32)
        last = np.array(self.voxels.shape[::-1]) - 1
        inside = np.all((index >= 0) & (index <= last), axis=1)
        index = index[inside]
        low = np.minimum(index.astype(np.int32), last - 1)
        fx, fy, fz = (index - low).T
        _, rows, columns = self.voxels.shape
        at = (low[:, 2] * rows + low[:, 1]) * columns + low[:, 0]
        flat = self.voxels.ravel()

        def row(start):
            return flat[start] * (1 - fx) + flat[start + 1] * fx

        def plane(start):
            return row(start) * (1 - fy) + row(start + columns) * fy

        result = np.full(len(points), outside, dtype=np.float32)
        result[inside] = plane(at) * (1 - fz) + plane(at + rows * columns) * fz
        return result

    def resampled(self, grid, transform, outside=0.0):
        """This volume on the grid of another one; `transform` (4x4) takes its points to ours."""
        result = np.empty(grid.voxels.shape, dtype=np.float32)
        z, y, x = grid.voxels.shape
        column, row = np.meshgrid(np.arange(x), np.arange(y))
        for k in range(z):  # slice by slice: all points at once would need a gigabyte
            index = np.stack([column.ravel(), row.ravel(), np.full(x * y, k)], axis=1)
            points = moved(grid.origin + grid.spacing * index, transform)
            result[k] = self.sample(points, outside).reshape(y, x)
        return result


def moved(points, transform):
    """Points [n, 3] through a 4x4 matrix."""
    return points @ transform[:3, :3].T + transform[:3, 3]


def find(folder, modality, description=""):
    """Data sets of one modality whose series description contains `description` (any case)."""
    found = []
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file():
            try:
                image = pydicom.dcmread(path)
            except pydicom.errors.InvalidDicomError:
                continue
            if image.get("Modality") == modality:
                if description.lower() in str(image.get("SeriesDescription", "")).lower():
                    found.append(image)
    if not found:
        raise SystemExit(f"no {modality} {description} in {folder}")
    return found


def volume(images):
    """The largest series among the images as a volume; its slices must be axial and evenly spaced."""
    series = {}
    for image in images:
        if "PixelData" in image:
            series.setdefault(image.SeriesInstanceUID, []).append(image)
    if not series:
        raise SystemExit("no image has pixels")
    images = sorted(max(series.values(), key=len), key=lambda i: float(i.ImagePositionPatient[2]))
    if len(images) < 2:
        raise SystemExit("one slice is no volume")
    if not np.allclose([float(v) for v in images[0].ImageOrientationPatient], [1, 0, 0, 0, 1, 0], atol=1e-3):
        raise SystemExit("the slices are not axial, head first supine")
    heights = np.array([float(i.ImagePositionPatient[2]) for i in images])
    gaps = np.diff(heights)
    if gaps.min() <= 0 or gaps.max() - gaps.min() > 0.1:
        raise SystemExit("the slices are not evenly spaced: one is missing or there twice")
    voxels = np.stack(
        [
            i.pixel_array.astype(np.float32) * float(i.get("RescaleSlope", 1))
            + float(i.get("RescaleIntercept", 0))
            for i in images
        ]
    )
    row_distance, column_distance = (float(v) for v in images[0].PixelSpacing)
    for image in images:
        del image.PixelData
    return Volume(
        voxels=voxels,
        origin=np.array([float(v) for v in images[0].ImagePositionPatient]),
        spacing=np.array([column_distance, row_distance, gaps.mean()]),
        images=images,
    )
