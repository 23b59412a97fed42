from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sync", "0009_breaker_and_drift")]

    operations = [
        migrations.AddIndex(
            model_name="orderline",
            index=models.Index(
                condition=models.Q(("listing__isnull", True)), fields=["account", "-id"], name="order_line_unknown"
            ),
        ),
    ]
