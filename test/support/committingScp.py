"""An archive that keeps instances and commits itself to them: committingScp.py PORT WHAT.

WHAT: `all`; `none`, which reports nothing; or `but:UID`, which says that it does not have that one.
"""

import sys
import threading

from pydicom.dataset import Dataset
from pynetdicom import AE, AllStoragePresentationContexts, evt
from pynetdicom.sop_class import StorageCommitmentPushModel

port, what = int(sys.argv[1]), sys.argv[2]
kept = set()


def store(event):
    kept.add(event.request.AffectedSOPInstanceUID)
    return 0x0000


def report(association, request):
    answer = Dataset()
    answer.TransactionUID = request.TransactionUID
    answer.ReferencedSOPSequence, failed = [], []
    for item in request.ReferencedSOPSequence:
        uid = item.ReferencedSOPInstanceUID
        if uid in kept and what != "but:" + uid:
            answer.ReferencedSOPSequence.append(item)
        else:
            item.FailureReason = 0x0112
            failed.append(item)
    if failed:
        answer.FailedSOPSequence = failed
    association.send_n_event_report(
        answer, 2 if failed else 1, StorageCommitmentPushModel, "1.2.840.10008.1.20.1.1"
    )


def act(event):
    if what != "none":
        thread = threading.Timer(0.2, report, (event.assoc, event.action_information))
        thread.start()
    return 0x0000, None


entity = AE(ae_title="ARCHIVE")
for context in AllStoragePresentationContexts:
    entity.add_supported_context(context.abstract_syntax)
entity.add_supported_context(StorageCommitmentPushModel)
print("listening", flush=True)
entity.start_server(
    ("127.0.0.1", port), evt_handlers=[(evt.EVT_C_STORE, store), (evt.EVT_N_ACTION, act)]
)
