from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("changes", "0004_waiting_by_company")]

    operations = [
        migrations.CreateModel(
            name="Answered",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_index=True)),
                ("answer", models.JSONField()),
            ],
        ),
    ]
