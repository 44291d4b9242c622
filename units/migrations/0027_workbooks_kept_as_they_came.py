from django.db import migrations


class Migration(migrations.Migration):
    """The files of imports are packed already: PostgreSQL spent half the time of storing one on trying to pack it again."""

    dependencies = [
        ("units", "0026_first_versions_sorted"),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE units_importbatch ALTER COLUMN file_bytes SET STORAGE EXTERNAL",
            reverse_sql="ALTER TABLE units_importbatch ALTER COLUMN file_bytes SET STORAGE EXTENDED",
        ),
    ]
