"""A product that is deleted once its listing is confirmed at zero (rule 10)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_initial")]

    operations = [
        migrations.AddField(
            model_name="product",
            name="leaving_since",
            field=models.DateTimeField(help_text="to be deleted once zero is confirmed on Back Market", null=True),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(models.F("id"), condition=models.Q(leaving_since__isnull=False), name="product_leaving"),
        ),
    ]
