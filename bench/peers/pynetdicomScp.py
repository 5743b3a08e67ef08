"""A pynetdicom SCP that does per instance and per association what RadDeploy's SCP does, and nothing else.

Each instance is decoded and written to the folder of its association as a DICOM file; the values of its elements,
without the pixels, are kept. At release they are written out (where RadDeploy publishes them to RabbitMQ), and the
folder becomes a tar file, which is what RadDeploy hands on. Nothing is synchronised to the disk.
"""

import json
import sys
import tarfile
import tempfile
from pathlib import Path

from pynetdicom import AE, AllStoragePresentationContexts, VerificationPresentationContexts, evt

out = Path(sys.argv[1])
associations = {}


def store(event):
    key = event.assoc.native_id
    if key not in associations:
        associations[key] = (Path(tempfile.mkdtemp(dir=out)), [])
    folder, headers = associations[key]
    dataset = event.dataset
    dataset.file_meta = event.file_meta
    dataset.save_as(folder / f"{dataset.SOPInstanceUID}.dcm", write_like_original=False)
    headers.append({e.keyword: str(e.value) for e in dataset if e.keyword != "PixelData"})
    return 0x0000


def released(event):
    if event.assoc.native_id not in associations:
        return
    folder, headers = associations.pop(event.assoc.native_id)
    with tarfile.open(folder.with_suffix(".tar"), "w") as tar:
        tar.add(folder, arcname="/")
    folder.with_suffix(".json").write_text(json.dumps(headers))


ae = AE(ae_title="RADDEPLOY")
ae.supported_contexts = AllStoragePresentationContexts[:120] + VerificationPresentationContexts
ae.maximum_pdu_size = 0
ae.start_server(
    ("127.0.0.1", int(sys.argv[2])),
    evt_handlers=[(evt.EVT_C_STORE, store), (evt.EVT_RELEASED, released)],
)
