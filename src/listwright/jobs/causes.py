"""Why rows of a job failed or were skipped, grouped."""

import re
from typing import NamedTuple

from django.db import connection

# "row" is what is said of a row as a whole.
_FIELD = re.compile(r"(?!row:)([A-Za-z_][\w.]{0,39}): ")
# The sentence and the SKU are of the first of the rows. They are counted in an index that holds nothing else.
_CAUSES = """
SELECT cause.state, cause.code, cause.rows, first.message, first.sku FROM (
    SELECT state, code, count(*) AS rows, min(id) AS first_id FROM jobs_jobrow
    WHERE job_id = (SELECT id FROM jobs_job WHERE id = %s AND company_id = %s) AND state IN ('failed', 'skipped')
    GROUP BY state, code ORDER BY state, rows DESC, code LIMIT %s
) AS cause JOIN jobs_jobrow AS first ON first.id = cause.first_id
ORDER BY cause.state, cause.rows DESC, cause.code
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
