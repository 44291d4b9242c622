#!/usr/bin/env python
"""Command-line entry: `python manage.py help` lists what the portal can do."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from portal.command_line import main

    main(sys.argv)
