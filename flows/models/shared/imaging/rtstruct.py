"""RT Structure Sets (DICOM PS3.3 A.19)."""

from pathlib import Path

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ImplicitVRLittleEndian, RTStructureSetStorage

from .contours import area, contours, thinned
from .uid import ContentUid

COPIED = """SpecificCharacterSet StudyDate StudyTime AccessionNumber ReferringPhysicianName StudyDescription
PatientName PatientID PatientBirthDate PatientSex PatientIdentityRemoved DeidentificationMethod
StudyInstanceUID StudyID FrameOfReferenceUID PositionReferenceIndicator""".split()
NOT_EMPTY = "SpecificCharacterSet StudyDescription PatientIdentityRemoved DeidentificationMethod".split()


class StructureSet:
    """A structure set that grows ROI by ROI on the images of a volume, then is saved.

    The same contours on the same images give the same file, byte for byte: its UIDs are made from its
    content and it bears no time of day.
    """

    def __init__(self, volume, label):
        self.volume = volume
        self.dataset = header(volume.images, label)
        self.content = ContentUid(label, *(image.SOPInstanceUID for image in volume.images))

    def add(self, name, values, level, color, kind="ORGAN", smallest=1.0):
        """Adds what lies above `level` in `values` [slice, row, column].

        Contours below `smallest` square voxels are noise and left out. Without any contour the ROI stays
        empty. Returns the number of contours.
        """
        found = []
        for k, image in enumerate(self.volume.images):
            if values[k].max() > level:
                for contour in contours(values[k], level):
                    if area(contour) >= smallest:
                        found.append(self._contour(thinned(contour), image))
        self._add(name, found, color, kind)
        return len(found)

    def add_empty(self, name, color, kind="ORGAN"):
        """Adds an ROI without contours."""
        self._add(name, [], color, kind)

    def save(self, folder):
        """Writes the structure set into a folder; the file is named by its UID."""
        ds = self.dataset
        ds.SOPInstanceUID = self.content.uid("instance")
        ds.SeriesInstanceUID = self.content.uid("series")
        ds.file_meta = FileMetaDataset()
        ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
        ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
        # Explicit VR has 64 kB for one contour, implicit VR has no such limit.
        ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
        ds.is_little_endian = True
        ds.is_implicit_VR = True
        path = Path(folder) / f"RS.{ds.SOPInstanceUID}.dcm"
        ds.save_as(path, write_like_original=False)
        return path

    def _contour(self, contour, image):
        x = self.volume.origin[0] + self.volume.spacing[0] * contour[:, 0]
        y = self.volume.origin[1] + self.volume.spacing[1] * contour[:, 1]
        z = f"{float(image.ImagePositionPatient[2]):.3f}"
        item = Dataset()
        item.ContourImageSequence = Sequence([reference(image)])
        item.ContourGeometricType = "CLOSED_PLANAR"
        item.NumberOfContourPoints = len(contour)
        # as text at once: pydicom would check and box each of a hundred thousand numbers
        text = "\\".join(f"{a:.3f}\\{b:.3f}\\{z}" for a, b in zip(x.tolist(), y.tolist()))
        self.content.add(text)
        item.add(DataElement("ContourData", "DS", text, already_converted=True))
        return item

    def _add(self, name, found, color, kind):
        number = len(self.dataset.StructureSetROISequence) + 1
        self.content.add(name)
        roi = Dataset()
        roi.ROINumber = number
        roi.ReferencedFrameOfReferenceUID = self.dataset.FrameOfReferenceUID
        roi.ROIName = name
        roi.ROIGenerationAlgorithm = "AUTOMATIC"
        self.dataset.StructureSetROISequence.append(roi)

        shape = Dataset()
        shape.ROIDisplayColor = color
        if found:
            shape.ContourSequence = Sequence(found)
        shape.ReferencedROINumber = number
        self.dataset.ROIContourSequence.append(shape)

        observation = Dataset()
        observation.ObservationNumber = number
        observation.ReferencedROINumber = number
        observation.RTROIInterpretedType = kind
        observation.ROIInterpreter = ""
        self.dataset.RTROIObservationsSequence.append(observation)


def header(images, label):
    """Everything of a structure set but its ROIs."""
    first = images[0]
    ds = Dataset()
    for keyword in COPIED:
        if keyword in NOT_EMPTY and not first.get(keyword):
            continue
        setattr(ds, keyword, first.get(keyword, ""))
    ds.SOPClassUID = RTStructureSetStorage
    ds.Modality = "RTSTRUCT"
    ds.Manufacturer = "raddeploy demonstration model"
    ds.SeriesDescription = label
    ds.SeriesNumber = 100
    ds.InstanceNumber = 1
    ds.OperatorsName = ""
    ds.StructureSetLabel = label[:16]
    ds.ApprovalStatus = "UNAPPROVED"
    ds.StructureSetDate = ds.StructureSetTime = ""

    series = Dataset()
    series.SeriesInstanceUID = first.SeriesInstanceUID
    series.ContourImageSequence = Sequence([reference(image) for image in images])
    study = Dataset()
    study.ReferencedSOPClassUID = "1.2.840.10008.3.1.2.3.1"
    study.ReferencedSOPInstanceUID = first.StudyInstanceUID
    study.RTReferencedSeriesSequence = Sequence([series])
    frame = Dataset()
    frame.FrameOfReferenceUID = first.FrameOfReferenceUID
    frame.RTReferencedStudySequence = Sequence([study])
    ds.ReferencedFrameOfReferenceSequence = Sequence([frame])
    ds.StructureSetROISequence = Sequence()
    ds.ROIContourSequence = Sequence()
    ds.RTROIObservationsSequence = Sequence()
    return ds


def reference(image):
    """A reference to an image."""
    item = Dataset()
    item.ReferencedSOPClassUID = image.SOPClassUID
    item.ReferencedSOPInstanceUID = image.SOPInstanceUID
    return item
