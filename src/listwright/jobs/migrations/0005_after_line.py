from django.db import migrations, models


class Migration(migrations.Migration):
    """Which lines a row was there before: told by their numbers, since no two machines' clocks are the same."""

    dependencies = [("jobs", "0004_task")]

    operations = [
        migrations.AddField(
            model_name="jobrow",
            name="after_line",
            field=models.BigIntegerField(
                default=0, help_text="The newest line when it was asked for: later ones answer it"
            ),
        )
    ]
