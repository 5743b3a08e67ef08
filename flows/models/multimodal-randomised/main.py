"""A trial of an AI tumour contour: CT, PET, T1 and T2 in; the prediction or empty structures out, by lot.

register   /input               -> /output  PET and MR on the grid of the CT
predict    /input, /registered  -> /output  an RTSTRUCT with the tumour
randomise  /input, /prediction  -> /output  that RTSTRUCT or an empty one; the lot goes to the trial's server
"""

import hashlib
import json
import shutil
import sys
import time
import urllib.request
from pathlib import Path

from imaging import config
from imaging.multimodal import lesion, load, register_study
from imaging.rtstruct import StructureSet
from imaging.volume import find, volume

ROI, RED = "GTV", [255, 0, 0]


def register():
    register_study("/input", "/output")


def predict():
    ct = volume(find("/input", "CT"))
    tumour = lesion(ct, load("/registered"))
    structures = StructureSet(ct, "Predicted GTV")
    structures.add(ROI, tumour.astype("float32"), 0.5, RED, "GTV")
    structures.save("/output")
    print(f"{ROI}: {tumour.sum() * ct.spacing.prod() / 1000:.1f} cm3")


def randomise():
    settings = config.read()
    if "url" not in settings:
        raise SystemExit("the flow's config has no url: where does the trial keep its lots?")
    ct = volume(find("/input", "CT"))
    study = str(ct.images[0].StudyInstanceUID)
    arm = drawn(settings.get("seed", ""), study)

    prediction = next(Path("/prediction").glob("*.dcm"))
    if arm == "prediction":
        chosen = Path(shutil.copy(prediction, "/output"))
    else:
        empty = StructureSet(ct, "Empty GTV")
        empty.add_empty(ROI, RED, "GTV")
        chosen = empty.save("/output")

    # A structure set whose lot the trial does not know must not reach a doctor: without an answer we fail.
    post(settings["url"], {"study": study, "arm": arm, "structureSet": chosen.name[3:-4]})
    print("arm", arm)


def drawn(seed, study):
    """The same study always draws the same lot, so that a repeated run cannot change the arm."""
    lot = hashlib.sha256(f"{seed} {study}".encode()).digest()[0]
    return "prediction" if lot % 2 == 0 else "empty"


def post(url, record):
    body = json.dumps(record).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    for pause in (1, 2, 4, None):
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return print("posted:", answer.status)
        except OSError as error:
            print("the trial's server did not take the record:", error)
            if pause:
                time.sleep(pause)
    raise SystemExit("the lot could not be recorded")


if __name__ == "__main__":
    {"register": register, "predict": predict, "randomise": randomise}[sys.argv[1]]()
