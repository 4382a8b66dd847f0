"""The doctor: what stands between this machine and the API, and what the key may do there.

    async with DevinClient() as devin:
        report = await devin_async.doctor.examine(devin)
        print(report.table())

`devin-async doctor` is the same on the command line.
"""

from devin_async.doctor.examination import examine
from devin_async.doctor.report import Check, Examination, Mismatch, Status

__all__ = ["Check", "Examination", "Mismatch", "Status", "examine"]
