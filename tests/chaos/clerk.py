"""What people ask for on the pages, in a process that may die at any of its commits, as the web server may.

    python -m tests.chaos.clerk SLUG

Asks for updates and downloads, cancels and retries jobs, decides about what is held, and pauses between, until it is killed.
"""

import logging
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

import django

log = logging.getLogger(__name__)

EVERY = 0.4


def main() -> None:
    """Until it is killed; a database that is away is no more than a pause."""
    django.setup()
    from django.db import Error, connection

    from listwright.common.errors import DomainError

    acts = actions(sys.argv[1])
    while True:
        try:
            random.choice(acts)()
        except DomainError as refused:
            log.info("refused: %s", refused)
        except Error:
            connection.close()
        time.sleep(EVERY)


def actions(slug: str) -> list[Callable[[], object]]:
    """What is asked for, each as often as it stands here."""
    from listwright.changes.origin import Origin
    from listwright.companies.models import Company
    from listwright.jobs.models import Job
    from listwright.listings.models import Listing
    from listwright.sync.operations import asked, held, held_all

    company = Company.objects.get(slug=slug)
    origin = Origin.system("clerk")
    listings = Listing.objects.filter(account__company=company, back_market_id__isnull=False)
    skus = list(listings.values_list("product__sku", flat=True))

    def now() -> datetime:
        return datetime.now(UTC)

    def update() -> None:
        selection = {"skus": random.sample(skus, min(3, len(skus)))}
        asked.update(company=company, selection=selection, origin=origin, now=now())

    def newest_job() -> int:
        job = Job.objects.filter(company=company).order_by("-id").first()
        return job.pk if job else 0

    def cancel() -> None:
        if Job.objects.filter(company=company, pk=newest_job(), kind__in=("update", "approve_held")).exists():
            asked.cancel(company=company, job_id=newest_job(), now=now())

    def approve_by_a_job() -> None:
        about = {"company": company, "approve": True, "first_send": False, "origin": origin}
        held_all.decide_all(**about, now=now(), at_once=-1)

    return [
        update,
        update,
        lambda: asked.download(company=company, origin=origin, now=now()),
        cancel,
        lambda: asked.retry(company=company, job_id=newest_job(), origin=origin, now=now()),
        lambda: held.decide(company=company, approve=True, pairs=None, origin=origin, now=now()),
        approve_by_a_job,
    ]


if __name__ == "__main__":
    main()
