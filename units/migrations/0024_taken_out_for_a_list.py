from django.db import migrations, models

from portal.lib.one_step import one_step


class Migration(migrations.Migration):

    dependencies = [
        ("units", "0023_labels_of_places"),
    ]

    operations = one_step([
        migrations.AddField(
            model_name="importbatch",
            name="taken_out",
            field=models.JSONField(default=list),
        ),
    ])
