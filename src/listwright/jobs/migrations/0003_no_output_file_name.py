from django.db import migrations


class Migration(migrations.Migration):
    """A job's output file is written from its rows when somebody asks for it; no name was ever stored."""

    dependencies = [("jobs", "0002_worker_heartbeat")]

    operations = [migrations.RemoveField(model_name="job", name="output_file")]
