"""`python -m tests.jobs.worker_process`: a real worker that also knows the kinds of tests/jobs/kinds.py."""

import sys
from importlib import import_module

import django
from django.core.management import call_command

if __name__ == "__main__":
    django.setup()
    import_module("tests.jobs.kinds")
    call_command("worker", *sys.argv[1:])
