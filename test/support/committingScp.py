"""An archive that keeps instances and commits itself to them: committingScp.py PORT WHAT.

WHAT: `all`; `none`, which reports nothing; `but:UID`, which says that it does not have that one; or `later:PORT`,
which reports to RADDEPLOY there by associations of its own, and has lost the first instance when it is first asked.
"""

import sys
import threading

from pydicom.dataset import Dataset
from pynetdicom import AE, AllStoragePresentationContexts, build_role, evt
from pynetdicom.sop_class import StorageCommitmentPushModel

port, what = int(sys.argv[1]), sys.argv[2]
reporting_port = int(what[6:]) if what.startswith("later:") else None
kept = set()
asked = 0


def store(event):
    kept.add(event.request.AffectedSOPInstanceUID)
    return 0x0000


def report(association, request):
    global asked
    asked += 1
    if reporting_port is None:
        send(association, request)
        return
    if asked == 1:
        kept.discard(request.ReferencedSOPSequence[0].ReferencedSOPInstanceUID)
    own = AE(ae_title="ARCHIVE")
    own.add_requested_context(StorageCommitmentPushModel)
    role = build_role(StorageCommitmentPushModel, scp_role=True)
    to = own.associate("127.0.0.1", reporting_port, ae_title="RADDEPLOY", ext_neg=[role])
    if to.is_established:
        send(to, request)
        to.release()


def send(association, request):
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
