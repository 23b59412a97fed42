"""Two indexes that the beginnings of others serve as well: each change of a listing wrote them for nothing."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("listings", "0007_repriced_listings")]

    operations = [
        migrations.AlterField(
            model_name="listing",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="listings",
                to="companies.account",
            ),
        ),
        migrations.AlterField(
            model_name="listingmarket",
            name="listing",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="own_markets",
                to="listings.listing",
            ),
        ),
    ]
