from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0009_back_market_ids")]

    operations = [
        migrations.AddField(
            model_name="warehouse",
            name="counted_through",
            field=models.BigIntegerField(
                null=True, help_text="the product up to which stock is counted again after a change; null: all of it"
            ),
        ),
    ]
