"""For load balancers and monitoring: is the process up, can it work, what are its figures."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from listwright.companies.queries import companies_of
from listwright.jobs import health
from listwright.sync.queries.figures import AccountFigures, figures


def healthz(request: HttpRequest) -> HttpResponse:
    """Is the process up?"""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """Can it work: database, queue, a worker of each role? 503 when not."""
    try:
        found = health.health(now=timezone.now())
    except Error:
        return JsonResponse({"ready": False, "database": False, "queue": False, "workers": {}}, status=503)
    answer = {"ready": found.served, "database": True, "queue": True, "workers": found.workers}
    return JsonResponse(answer, status=200 if found.served else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus: of the person's companies, of all for an administrator of the installation."""
    assert request.user.is_authenticated
    everything = request.user.is_superuser
    companies = None if everything else [company.id for company in companies_of(request.user)]
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(companies))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


_OF_ACCOUNT = {
    "stale": ("products_to_plan", "Products waiting to be planned"),
    "stale_age": ("oldest_to_plan_seconds", "How long the oldest of them has waited"),
    "quantities_due": ("quantities_due", "Quantities waiting to be sent"),
    "prices_due": ("prices_due", "Prices waiting to be sent"),
    "due_age": ("oldest_due_seconds", "How long the oldest of them has waited"),
    "lines_open": ("lines_open", "Lines sent and not answered"),
    "lines_unknown": ("lines_unknown", "Lines whose outcome is unknown"),
    "lines_last_hour": ("budget_lines_used", "SKU lines sent in the last hour"),
    "lines_per_hour": ("budget_lines", "SKU lines Back Market takes in an hour"),
}


class _Collector:
    def __init__(self, companies: list[int] | None) -> None:
        self._companies = companies

    def collect(self) -> Iterator[Metric]:
        now = timezone.now()
        accounts = figures(company_ids=self._companies, now=now)
        for field, (name, told) in _OF_ACCOUNT.items():
            yield _family(name, told, field, accounts)
        paused = GaugeMetricFamily("listwright_paused", "1 while nothing is sent", labels=["company", "reason"])
        for row in accounts:
            paused.add_metric([row.company, row.paused], 1 if row.paused else 0)
        yield paused
        jobs = GaugeMetricFamily("listwright_jobs", "Queued Jobs", labels=["company", "kind", "status"])
        for labels, count in sorted(health.job_counts(company_ids=self._companies).items()):
            jobs.add_metric(list(labels), count)
        yield jobs
        queue = health.health(now=now)
        yield GaugeMetricFamily("listwright_tasks_waiting", "Tasks nobody has taken up", value=queue.waiting)
        workers = GaugeMetricFamily("listwright_workers", "Workers alive", labels=["role"])
        for role, count in sorted(queue.workers.items()):
            workers.add_metric([role], count)
        yield workers


def _family(name: str, told: str, field: str, accounts: list[AccountFigures]) -> Metric:
    family = GaugeMetricFamily(f"listwright_{name}", told, labels=["company"])
    for row in accounts:
        family.add_metric([row.company], getattr(row, field))
    return family
