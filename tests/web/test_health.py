"""For load balancers and monitoring."""

from __future__ import annotations

from django.test import Client
from django.utils import timezone

from listwright.jobs import heartbeat
from tests.api.conftest import open_company, person, token


def test_a_process_that_runs_is_healthy(db: None) -> None:
    assert Client().get("/healthz").status_code == 200


def test_it_is_ready_when_each_role_has_a_worker(db: None) -> None:
    unready = Client().get("/readyz")
    assert (unready.status_code, unready.json()["database"], unready.json()["ready"]) == (503, True, False)
    for role in ("plan", "push", "tasks"):
        heartbeat.beat(name=f"host:{role}", role=role, now=timezone.now())
    ready = Client().get("/readyz")
    assert (ready.status_code, ready.json()["workers"]) == (200, {"plan": 1, "push": 1, "tasks": 1})


def test_a_silent_worker_is_no_worker(db: None) -> None:
    now = timezone.now()
    for role in ("plan", "push", "tasks"):
        heartbeat.beat(name=f"host:{role}", role=role, now=now - heartbeat.ALIVE_FOR * 2)
    assert Client().get("/readyz").status_code == 503


def test_figures_are_of_the_companies_one_belongs_to(db: None) -> None:
    from listwright.companies import operations
    from tests.api.conftest import ORIGIN

    now = timezone.now()
    people = {}
    for slug in ("acme", "other"):
        people[slug] = person(slug, now)
        operations.connect_account(
            company=open_company(slug, people[slug], now), environment="sandbox", region="eu", token="t",
            agent_company="A", contact_mail="a@acme.example", default_market="fr-fr", sandbox_url="http://127.0.0.1:9",
            origin=ORIGIN, now=now,
        )  # fmt: skip
    header = {"authorization": f"Bearer {token(people['acme'], now)}"}
    text = Client(headers=header).get("/metrics").content.decode()
    assert 'listwright_budget_lines{company="acme"} 2000.0' in text
    assert "other" not in text
    assert Client(headers={"authorization": "Bearer wrong"}).get("/metrics").status_code == 401
    everything = Client()
    everything.force_login(person("ines", now, superuser=True))
    text = everything.get("/metrics").content.decode()
    assert 'company="other"' in text
    assert 'listwright_workers{role="push"} 0.0' in text
