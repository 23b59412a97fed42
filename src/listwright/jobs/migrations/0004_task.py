from django.db import migrations, models


class Migration(migrations.Migration):
    """The task a job is for is known to the job, so that one whose task was lost can be found and put in the queue again."""

    dependencies = [("jobs", "0003_no_output_file_name")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="task",
            field=models.CharField(blank=True, max_length=64, help_text="What the queue runs for it, passed `job_id`"),
            preserve_default=False,
        )
    ]
