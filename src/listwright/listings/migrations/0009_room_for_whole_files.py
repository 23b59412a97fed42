"""Room in each page for a second version of all its rows: a file changes every listing and product, in a few transactions.

A version on the page of the one before is written into no index. Without room, a table whose rows were all changed once is as
large, with its pages half empty in turn. Pages that are full now get their room as their rows change.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("listings", "0008_one_index_for_each_use"), ("catalog", "0010_warehouses_counted_behind")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE listings_listing SET (fillfactor = 50); ALTER TABLE catalog_product SET (fillfactor = 50);"
            " ALTER TABLE catalog_stock SET (fillfactor = 50)",
            "ALTER TABLE listings_listing RESET (fillfactor); ALTER TABLE catalog_product SET (fillfactor = 85);"
            " ALTER TABLE catalog_stock SET (fillfactor = 80)",
        ),
    ]
