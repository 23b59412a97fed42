from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("changes", "0003_history_and_partitions")]

    operations = [
        migrations.RemoveIndex(model_name="stale", name="stale_waiting"),
        migrations.AddIndex(
            model_name="stale",
            index=models.Index(
                "urgency",
                "company",
                "since",
                name="stale_waiting_of",
                condition=models.Q(planned__lt=models.F("generation")),
            ),
        ),
    ]
