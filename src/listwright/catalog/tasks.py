"""Tasks of the queue: parse ids, one operation."""

from django.utils import timezone

from listwright.catalog import operations
from listwright.jobs.queue import task


@task("catalog.count_warehouse")
def count_warehouse(warehouse_id: int) -> None:
    """Count the stock again of a warehouse that was put on or off sale."""
    operations.count_warehouse(warehouse_id=warehouse_id, now=timezone.now())


@task("catalog.count_warehouses", cron="* * * * *")
def count_warehouses(timestamp: int) -> None:
    """Go on with what a dead worker left behind."""
    operations.count_warehouses(now=timezone.now())
