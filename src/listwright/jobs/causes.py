"""Why rows of a job failed or were skipped, grouped."""

import re
from typing import NamedTuple

from django.db import connection

# "row" is what is said of a row as a whole.
_FIELD = re.compile(r"(?!row:)([A-Za-z_][\w.]{0,39}): ")
# The sentence and the SKU are of the same row.
_CAUSES = """
SELECT row.state, row.code, count(*) AS rows, (array_agg(row.message ORDER BY row.sku))[1], min(row.sku)
FROM jobs_jobrow AS row JOIN jobs_job AS job ON job.id = row.job_id
WHERE row.job_id = %s AND job.company_id = %s AND row.state IN ('failed', 'skipped')
GROUP BY row.state, row.code ORDER BY row.state, rows DESC, row.code LIMIT %s
"""


class Cause(NamedTuple):
    """`rows` rows ended in `state` for the same reason: its code, one of its sentences, one of its SKUs."""

    state: str
    code: str
    rows: int
    message: str
    sku: str


def cause_code(code: str, message: str) -> str:
    """The code of a row's end. A refusal's has the field that Back Market names at the head of its sentence
    (`rejected:ean`), so that what is wrong with one field is told, mended and sent again apart from the rest."""
    named = _FIELD.match(message) if code == "rejected" else None
    return f"{code}:{named[1]}" if named else code


def causes(*, company_id: int, job_id: int, limit: int = 20) -> list[Cause]:
    """The most frequent first, failures before skips. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_CAUSES, [job_id, company_id, limit])
        return [Cause(*row) for row in cursor.fetchall()]
