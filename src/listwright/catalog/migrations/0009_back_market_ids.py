"""The Back Market IDs that the grid finds rows by in a table of their own: a new name no longer writes their trigrams."""

import django.db.models.deletion
from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
ID = f"coalesce(substring(search FROM '{UUID}'), '')"
WITHOUT_ID = f"regexp_replace(search, E'\\x1f?\\n?{UUID}|\\x1f$', '')"
WHOLE = (
    "split_part(text.search, E'\\x1f', 1) || E'\\x1f'"
    " || concat_ws(E'\\n', nullif(split_part(text.search, E'\\x1f', 2), ''), nullif(linked.search, ''))"
)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0008_lost_warehouses_and_drift")]

    operations = [
        migrations.RemoveIndex(model_name="gridsearch", name="grid_text"),
        migrations.CreateModel(
            name="GridBackMarketID",
            fields=[
                (
                    "row",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="linked_text",
                        serialize=False,
                        to="catalog.gridrow",
                    ),
                ),
                ("search", models.TextField(blank=True, db_collation="C")),
            ],
        ),
        # Behind the separator stood the merchant SKU and the Back Market ID, each on a line of its own where there was one.
        migrations.RunSQL(
            f"INSERT INTO catalog_gridbackmarketid (row_id, search) SELECT row_id, {ID} FROM catalog_gridsearch ORDER BY row_id",  # noqa: S608
            f"UPDATE catalog_gridsearch AS text SET search = {WHOLE}"  # noqa: S608
            " FROM catalog_gridbackmarketid AS linked WHERE linked.row_id = text.row_id",
        ),
        migrations.RunSQL(f"UPDATE catalog_gridsearch SET search = {WITHOUT_ID}", migrations.RunSQL.noop),  # noqa: S608
        # The rows just written have checks of their foreign key to come, under which no table can be altered.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="gridsearch",
            index=GinIndex(fields=["search"], name="grid_text", opclasses=["gin_trgm_ops"]),
        ),
        migrations.AddIndex(
            model_name="gridbackmarketid",
            index=GinIndex(fields=["search"], name="grid_back_market_id", opclasses=["gin_trgm_ops"]),
        ),
    ]
