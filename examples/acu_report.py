"""Write what each organization used of each product in a month, as CSV: `acu_report.py 2026-01`."""

import asyncio
import csv
import sys
from datetime import date, timedelta

from devin_async import DevinClient


async def main(month: str) -> int:
    start = date.fromisoformat(f"{month}-01")
    end = (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    async with DevinClient() as devin:
        report = await devin.enterprise.consumption.report(start=start, end=end)
    rows = csv.writer(sys.stdout)
    rows.writerow(["organization_id", "organization", "product", "acus"])
    for one in report.organizations:
        for product, acus in one.acus_by_product.items():
            rows.writerow([one.organization_id, one.organization_name, product, f"{acus:.2f}"])
    print(*(f"{one.name}: {one.error}" for one in report.failures), sep="\n", file=sys.stderr)
    return 1 if report.failures else 0


sys.exit(asyncio.run(main(sys.argv[1])))
