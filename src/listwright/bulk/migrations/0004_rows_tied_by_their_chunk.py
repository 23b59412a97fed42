"""Rows are tied to their upload by the chunk they are stored with: a check for each of them took a tenth of judging."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bulk", "0003_templates")]

    operations = [
        migrations.AlterField(
            model_name="uploadrow",
            name="upload",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="file_rows",
                to="bulk.upload",
            ),
        ),
    ]
