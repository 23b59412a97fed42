"""The grid's texts in a table of their own: a change of stock no longer writes a hundred trigrams again."""

import django.db.models.deletion
from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_product_leaving")]

    operations = [
        migrations.CreateModel(
            name="GridSearch",
            fields=[
                (
                    "row",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="text",
                        serialize=False,
                        to="catalog.gridrow",
                    ),
                ),
                ("search", models.TextField(db_collation="C")),
            ],
            options={
                "indexes": [GinIndex(fields=["search"], name="grid_text", opclasses=["gin_trgm_ops"])],
            },
        ),
        migrations.RunSQL(
            "INSERT INTO catalog_gridsearch (row_id, search) SELECT product_id, search FROM catalog_gridrow",
            migrations.RunSQL.noop,
        ),
        # The rows just written have checks of their foreign key to come, under which no table can be altered.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RemoveIndex(model_name="gridrow", name="grid_search"),
        migrations.RemoveField(model_name="gridrow", name="search"),
        # Unique indexes begin with these columns already.
        migrations.AlterField(
            model_name="warehouse",
            name="company",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="warehouses",
                to="companies.company",
            ),
        ),
        migrations.AlterField(
            model_name="product",
            name="company",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="products",
                to="companies.company",
            ),
        ),
        migrations.AlterField(
            model_name="stock",
            name="product",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="stock", to="catalog.product"
            ),
        ),
        migrations.AlterField(
            model_name="reservation",
            name="company",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, to="companies.company"
            ),
        ),
        # Room for rows whose figures change, so that no index is written for them.
        migrations.RunSQL(
            "ALTER TABLE catalog_product SET (fillfactor = 85); ALTER TABLE catalog_stock SET (fillfactor = 80)",
            migrations.RunSQL.noop,
        ),
    ]
