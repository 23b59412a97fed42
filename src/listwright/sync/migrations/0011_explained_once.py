from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sync", "0010_unknown_order_lines")]

    operations = [
        migrations.AddField(
            model_name="orderline",
            name="explained",
            field=models.BooleanField(default=False, help_text="its units have explained once what is gone there"),
        ),
        migrations.RunSQL(
            "UPDATE sync_orderline SET explained = true WHERE lowered", reverse_sql=migrations.RunSQL.noop
        ),
    ]
