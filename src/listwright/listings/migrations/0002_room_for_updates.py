"""Room in each page of the state tables, so that most updates stay in place (HOT) and touch no index."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("listings", "0001_initial"), ("changes", "0003_history_and_partitions")]

    operations = [
        migrations.RunSQL(
            f"ALTER TABLE {table} SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05)",
            f"ALTER TABLE {table} RESET (fillfactor, autovacuum_vacuum_scale_factor)",
        )
        for table in ("listings_listingstate", "listings_listingmarketstate", "changes_stale")
    ]
