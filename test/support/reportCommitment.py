"""Reports the commitment to one instance, and prints how that was answered: reportCommitment.py PORT TRANSACTION UID."""

import sys

from pydicom.dataset import Dataset
from pynetdicom import AE, build_role
from pynetdicom.sop_class import CTImageStorage, StorageCommitmentPushModel

port, transaction, uid = int(sys.argv[1]), sys.argv[2], sys.argv[3]
reference = Dataset()
reference.ReferencedSOPClassUID = CTImageStorage
reference.ReferencedSOPInstanceUID = uid
report = Dataset()
report.TransactionUID = transaction
report.ReferencedSOPSequence = [reference]
entity = AE(ae_title="ARCHIVE")
entity.add_requested_context(StorageCommitmentPushModel)
role = build_role(StorageCommitmentPushModel, scp_role=True)
association = entity.associate("127.0.0.1", port, ae_title="RADDEPLOY", ext_neg=[role])
status, _ = association.send_n_event_report(
    report, 1, StorageCommitmentPushModel, "1.2.840.10008.1.20.1.1"
)
print(f"{status.Status:04X}")
association.release()
