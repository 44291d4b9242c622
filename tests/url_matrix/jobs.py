"""Who may open the URLs of: jobs."""

from portal.jobs.models import Job
from tests.url_matrix.cast import Row, Side, only, per_side


@per_side
def job_of_officer(side: Side) -> dict:
    """A job the ward's officer asked for."""
    return {"pk": Job.objects.create(kind="tests.any", created_by=side.officer).pk}


ROWS: list[Row] = [
    Row("jobs:detail", job_of_officer, own=only("an", "quan", others=404), foreign={"quan": 200, "*": 404}),
]
