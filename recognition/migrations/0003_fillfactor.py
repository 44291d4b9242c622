from django.db import migrations


class Migration(migrations.Migration):
    """Room on each page for in-place updates: counters change with every step, registrations a few times a year."""

    dependencies = [("recognition", "0002_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE recognition_tally SET (fillfactor = 60);"
            " ALTER TABLE recognition_registration SET (fillfactor = 85);",
            "ALTER TABLE recognition_tally RESET (fillfactor);"
            " ALTER TABLE recognition_registration RESET (fillfactor);",
        ),
    ]
