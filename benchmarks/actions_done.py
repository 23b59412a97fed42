"""Every action of the pages, as a person with a browser does it: what `actions` measures."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from tests.harness import Stack, eventually
from tests.web.pages import form_of

from benchmarks.shop import COMPANY, PASSWORD, Shop

TIMES, FEW = 12, 4
"""How often each action is done; FEW where one is about a whole catalog or a file."""
ROWS = 500
"""Of a file."""


class Person(Protocol):
    """Somebody signed in, with a watch: what has a name is timed, and the answer must say so much."""

    def get(self, name: str, path: str, *, part: bool = False, says: str = "", **query: Any) -> str: ...

    def post(
        self,
        name: str,
        path: str,
        data: Mapping[str, Any] | None = None,
        *,
        part: bool = False,
        says: str = "",
        **more: Any,
    ) -> str: ...

    def behind(self, name: str, path: str, data: Mapping[str, Any], *, says: str = "") -> str:
        """What a page that is there already asks for by itself: timed apart, since nobody waits for the page."""
        ...


def everything(person: Person, shop: Shop, *, rested: bool = False) -> None:
    """One after the other; `rested`: each kind once the workers have done what the one before has asked for."""
    skus = list(shop.quantities)
    kinds: list[Callable[[], None]] = [
        lambda: look(person, skus),
        lambda: one_product(person, skus),
        lambda: catalog(person, skus),
        lambda: views(person),
        lambda: jobs(person),
        lambda: sending(person),
        lambda: held(person, shop),
        lambda: unlinked(person, shop.stack),
        lambda: files(person, skus[500 : 500 + ROWS]),
        lambda: settings(person),
        lambda: account(person),
    ]
    for kind in kinds:
        if rested:
            at_rest(shop)
        kind()


def at_rest(shop: Shop) -> None:
    """Once all jobs have ended."""
    ended = lambda: all(job["finished_at"] for job in shop.door().call("GET", "jobs")["results"])  # noqa: E731
    eventually(ended, within=240, what="the jobs have ended")


def look(person: Person, skus: Sequence[str]) -> None:
    """Pages, and the parts of them that move."""
    for sku in skus[:TIMES]:
        for path in ("", "catalog/", "catalog/?ready=false", "jobs/", "held/", "orders/", "unlinked/", "uploads/", "plugins/",
                     "settings/", "settings/backmarket/", "settings/conditions/", "settings/warehouses/"):  # fmt: skip
            person.get(f"page {path or 'dashboard'}", path)
        person.get("page Product Details", f"catalog/{sku}/")
        person.get("page Back Market Properties", f"catalog/{sku}/backmarket/")
        person.get("page Back Market Properties, edit", f"catalog/{sku}/backmarket/?edit=1")
        for path in ("pulse/", "figures/", "actions/count/", "unlinked/progress/", f"catalog/{sku}/backmarket/live/",
                     f"catalog/{sku}/backmarket/categories/?category=phones", "actions/choices/missing/",
                     f"catalog/{sku}/backmarket/attributes/?category=1001", "actions/edit/value/?property=Brand"):  # fmt: skip
            person.get(f"part {path.replace(sku, '…')}", path, part=True)
        person.get("search", "catalog/", search=sku[-5:])
        for path in ("/account/", "/settings/people/", "/settings/client/"):
            person.get(f"page {path}", path)


def one_product(person: Person, skus: Sequence[str]) -> None:
    """Everything on the pages of one product."""
    for place, sku in enumerate(skus[:TIMES]):
        page = f"catalog/{sku}/"
        edit = form_of(person.get("", f"{page}?edit=1"), "product")
        person.post(
            "product: save", page, edit | {"name": f"Phone {place}", "site_price": f"{200 + place}.50"}, says="Saved."
        )
        person.post(
            "product: stock",
            f"{page}stock/",
            {"physical": 3 + place, "warehouse": "main"},
            part=True,
            says=f">{3 + place}<",
        )
        picture = {"url": f"https://pictures.example/{place}.jpg"}
        for action in ("add", "main", "remove"):
            person.post(
                f"product: picture, {action}",
                f"{page}images/",
                picture | {"action": action},
                says="Pictures were saved.",
            )
        page += "backmarket/"
        edit = form_of(person.get("", f"{page}?edit=1"), "properties")
        person.post("properties: save", page, edit | {"title": f"Phone {place} of {len(skus)}"}, says="Saved.")
        for kind in ("launch", "update"):
            person.get(f"properties: {kind}, dialog", f"{page}ask/{kind}/", part=True, says="<dialog")
            person.post(f"properties: {kind}", f"{page}{kind}/", part=True, says="See the job")
        person.post(
            "properties: disable", f"{page}enabled/", {"enabled": "false", "then": "leave"}, says="Disabled for"
        )
        person.get("properties: enable, dialog", f"{page}ask/enable/", part=True, says="<dialog")
        person.post("properties: enable", f"{page}enable/", says="Enabled for")
        person.post("properties: unlink", f"{page}unlink/", {"then": "leave"}, says="lw-toast")
        new = {"sku": f"NEW-{place}", "name": "Phone", "site_price": "99.00", "stock.main": "3"}
        person.post("product: create", "products/new/", new, says=f"NEW-{place} is created.")
        person.post("product: delete", f"catalog/NEW-{place}/delete/", says=f"NEW-{place} was deleted.")


def catalog(person: Person, skus: Sequence[str]) -> None:
    """The Actions of Manage Catalog on a page of rows, and on everything."""
    some = skus[100:150]
    for scope, rows, times in (("50 rows", {"sku": some}, TIMES), ("all", {"scope": "matching", "filter": ""}, FEW)):
        selection = json.dumps({"all": True} if scope == "all" else {"skus": some})
        for place in range(times):
            for kind, more in (("launch", {}), ("update", {}), ("disable", {"then": "leave"}), ("enable", {})):
                person.post(
                    f"catalog: {kind}, dialog, {scope}", f"actions/{kind}/ask/", rows, part=True, says="<dialog"
                )
                body = {"selection": selection, **more}
                person.post(f"catalog: {kind}, {scope}", f"actions/{kind}/", body, part=True, says="it is queued.")
            person.post(f"catalog: edit, dialog, {scope}", "actions/edit/ask/", rows, part=True, says="<dialog")
            edit = {"selection": selection, "property": "Brand", "value": f"Brand {place}"}
            person.post(f"catalog: edit, {scope}", "actions/edit/", edit, part=True, says="it is queued.")
            person.post(f"catalog: export, dialog, {scope}", "exports/ask/", rows, part=True, says="<dialog")
            export = {"selection": selection, "format": "csv"}
            person.post(f"catalog: export, {scope}", "exports/", export, part=True, says="it is queued.")


def views(person: Person) -> None:
    """Addresses of the grid, kept under a name."""
    for place in range(TIMES):
        person.post(
            "catalog: save a view", "views/", {"name": f"View {place}", "query": "ready=false"}, says="is saved."
        )


def jobs(person: Person) -> None:
    """A job's page, its live part, and again for what failed."""
    for number in range(1, TIMES + 1):
        person.get("job: page", f"jobs/{number}/")
        person.get("job: live", f"jobs/{number}/live/", part=True)
        person.get("job: retry, dialog", f"jobs/{number}/retry/ask/", part=True, cause="price_too_low", says="<dialog")
        person.post("job: retry", f"jobs/{number}/retry/", {"cause": "price_too_low"}, says="are queued again.")


def sending(person: Person) -> None:
    """Nothing is sent for a while, and what was asked for meanwhile is taken back."""
    address = "settings/backmarket/sending/"
    for _ in range(FEW):
        person.post("settings: pause sending", address, {"action": "pause"}, says="Nothing is sent")
        said = person.post("", "actions/update/", {"selection": '{"all": true}'}, part=True)
        person.post("job: cancel", f"jobs/{_number(said, 'jobs')}/cancel/", says="Job")
        person.post("settings: resume sending", address, {"action": "resume"}, says="Sending goes on.")


def held(person: Person, shop: Shop) -> None:
    """What waits for the first approval, once the jobs that disable and enable everything have ended."""
    at_rest(shop)
    shop.door().set_stocks(dict.fromkeys(list(shop.quantities)[200:400], 40))
    rejectable = eventually(lambda: _chosen(person, "held/", "sku")[TIMES:], within=120, what="changes are held")
    for sku in rejectable[:TIMES]:
        person.get("held: page", "held/")
        person.post("held: reject", "held/reject/", {"sku": sku}, says="1 disabled")
    person.behind("held: how much the first send is", "held/first/", {}, says="line")
    person.post("held: approve", "held/approve/", says="Approved.")
    person.get("held: page, approved", "held/")
    stopped(person, shop)


def stopped(person: Person, shop: Shop) -> None:
    """What the circuit breaker holds: nearly everything would go to zero because of a setting."""
    shop.door().call("PATCH", "backmarket/settings", {"default_safety_quantity": 10_000})
    pairs = eventually(lambda: _chosen(person, "held/", "pair")[2 * TIMES - 1 :] and _chosen(person, "held/", "pair"),
                       within=120, what="zeros are held")  # fmt: skip
    for place in range(TIMES):
        person.get("stopped: page", "held/")
        for action, pair in zip(("approve", "reject"), pairs[2 * place : 2 * place + 2], strict=True):
            person.post(f"stopped: {action}, dialog", "held/ask/", {"pair": pair}, part=True, says="<dialog")
            said = "1 sent now." if action == "approve" else "1 not sent until they change."
            person.post(f"stopped: {action}", "held/decide/", {"pair": pair, "action": action}, says=said)
    person.post("stopped: all, dialog", "held/ask/", {"all": "true"}, part=True, says="<dialog")
    said = "Rejected: they are kept back as job"
    person.post("stopped: reject all", "held/decide/", {"all": "true", "action": "reject"}, says=said)
    shop.door().call("PATCH", "backmarket/settings", {"default_safety_quantity": 0})


def unlinked(person: Person, stack: Stack) -> None:
    """Listings that are there and not here."""
    price = {"fr-fr": {"price": "99.00", "comment": "-"}}
    new = [{"sku": f"THERE-{n}", "quantity": 2, "grade": "GOOD", "markets": price} for n in range(3 * TIMES)]
    stack.sandbox.control("POST", "listings", {"listings": new})
    person.post("unlinked: download", "unlinked/download/", says="are being downloaded.")
    enough = 3 * TIMES
    eventually(lambda: _chosen(person, "unlinked/", "back_market_id")[enough - 1 :], within=240, what="all were read")
    found = _chosen(person, "unlinked/", "back_market_id")
    for place in range(TIMES):
        ids = found[3 * place : 3 * place + 3]
        person.get("unlinked: page", "unlinked/")
        person.get(
            "unlinked: link, dialog", "unlinked/link/", part=True, back_market_id=ids[0], sku="THERE", says="<dialog"
        )
        person.get("unlinked: products", "unlinked/products/", part=True, search="NEW-")
        person.post("", "products/new/", {"sku": f"HERE-{place}"})
        for action, number, more, said in (
            ("link", 0, {"sku": f"HERE-{place}"}, "Linked as it stands there."), ("create", 1, {}, "created and linked."),
            ("ignore", 2, {}, "1 put aside."), ("restore", 2, {}, "1 brought back."),
        ):  # fmt: skip
            chosen = {"action": action, "back_market_id": ids[number], **more}
            person.post(f"unlinked: {action}", "unlinked/decide/", chosen, says=said)


def files(person: Person, skus: Sequence[str]) -> None:
    """A file, from the upload to its end."""
    for place in range(FEW):
        lines = "".join(f"{sku},Maker {place}\n" for sku in skus)
        file = {"file": ("brands.csv", f"SKU,Brand\n{lines}".encode(), "text/csv")}
        page = person.post("upload: file", "uploads/", files=file)
        number = _number(page, "uploads")
        _await(person, number, "ready")
        for part in ("", "look/", "log/", "live/?state=ready"):
            person.get(f"upload: {part or 'page'}", f"uploads/{number}/{part}", part=bool(part))
        person.post("upload: options", f"uploads/{number}/options/", {"decimal": "point"})
        _await(person, number, "ready")
        person.post("upload: apply", f"uploads/{number}/apply/", says="It is queued.")
        _await(person, number, "applied")
        for part in ("log/", "result/", "file/"):
            person.get(f"upload: {part} afterwards", f"uploads/{number}/{part}")
        back = _number(person.post("upload: roll back", f"uploads/{number}/roll-back/"), "uploads")
        _await(person, back, "ready")
        person.post("upload: cancel", f"uploads/{back}/cancel/", says="It was discarded")
        person.post("upload: delete", f"uploads/{number}/delete/", says="The file was deleted.")
        person.get("template: new, page", "uploads/templates/new/")
        new = {"name": f"T {place}", "column": ["Brand", "EAN"]}
        made = person.post("template: new", "uploads/templates/new/", new, says="was saved.")
        template = re.search(r"/uploads/templates/(\d+)/", made)
        assert template
        person.post("template: delete", f"uploads/templates/{template[1]}/delete/", says="was deleted.")
        person.get("template: usual file", "uploads/templates/file/")


def settings(person: Person) -> None:
    """Company Settings, each first with what it would do, then saved."""
    for place in range(FEW):
        turn = place % 2 == 0
        form = form_of(person.get("", "settings/backmarket/?edit=1"), "general")
        saved(person, "settings", "settings/backmarket/", form | {"default_safety_quantity": str(place + 1)})
        person.post(
            "settings: test connection", "settings/backmarket/test/", part=True, says="accepts this connection."
        )
        was, grade = ("VERY_GOOD", "GOOD") if turn else ("GOOD", "VERY_GOOD")
        saved(person, "conditions", "settings/conditions/", {"condition": "Grade A", "was": was, "grade": grade})
        new = {"action": "add", "name": f"W{place}"}
        person.post("warehouses: add", "settings/warehouses/", new, says="was added.")
        sale = {"action": "unsellable" if turn else "sellable", "name": "main"}
        saved(person, "warehouses", "settings/warehouses/", sale, says="for sale.")
        name = {
            "was.name": form_of(person.get("", "settings/?edit=1"), "company")["was.name"],
            "name": f"Bench {place}",
        }
        person.post("company: save", "settings/", name, says="Saved.")
        plugin = {"enabled": "true" if turn else "", "share": "20", "refresh_minutes": "15"}
        saved(person, "plugins", "plugins/follow-price-to-win/", plugin)
        form = form_of(person.get("", "/settings/client/?edit=1"), "client") | {"filtered_products": "true"}
        if not turn:
            del form["filtered_products"]
        person.post("client settings: save", "/settings/client/", form, says="Saved.")


def saved(person: Person, name: str, path: str, form: Mapping[str, str], *, says: str = "Saved.") -> None:
    """The page that asks, what it then loads by itself, and the confirmation of that."""
    person.post(f"{name}: before it is saved", path, form, says="Before this is saved")
    told = person.behind(f"{name}: what it would do", path, {**form, "tell": "true"}, says="Listings changed")
    confirmed = re.search(r'name="confirmed" value="(\w+)"', told)
    assert confirmed, told
    person.post(f"{name}: save", path, {**form, "confirmed": confirmed[1]}, says=says)


def account(person: Person) -> None:
    """Signing in and out, my account, people, companies."""
    for _ in range(TIMES):
        person.post("sign out", "/sign-out/", says="Sign in")
        person.post("sign in", "/sign-in/", {"username": "ana", "password": PASSWORD}, says="Dashboard")
    for place in range(TIMES):
        new = {"username": f"person-{place}", "company": COMPANY, "role": "viewer"}
        invited = person.post("people: invite", "/settings/people/", new, says=f"person-{place}")
        number = max(map(int, re.findall(r"/settings/people/(\d+)/role/", invited)))
        role = {"company": COMPANY, "role": "operator"}
        person.post("people: role", f"/settings/people/{number}/role/", role, says="is Operator of")
        person.post("people: disable", f"/settings/people/{number}/active/", {"active": ""}, says="is disabled")
        form = {"current": PASSWORD, "new": PASSWORD, "repeated": PASSWORD}
        person.post("account: password", "/account/password/", form, says="The password is changed.")
        themed = {"time_zone": "Europe/Paris", "theme": "dark" if place % 2 else "light"}
        person.post("account: save", "/account/", themed, says="Saved.")
        shown = person.post("account: token", "/account/tokens/", {"token": f"feed {place}"}, says=f"feed {place}")
        revoke = re.findall(r"/account/tokens/(\d+)/revoke/", shown)
        person.post("account: revoke a token", f"/account/tokens/{revoke[0]}/revoke/", says="is revoked")
        person.get("people: page", "/settings/people/")
        new = {"slug": f"firm-{place}", "name": "Firm", "currency": "EUR"}
        person.post("company: new", "/settings/companies/new/", new, says="Firm is ready.")


def _number(page: str, kind: str) -> int:
    """Of the newest job or upload a page or toast leads to."""
    found = re.findall(rf"/{kind}/(\d+)/", page)
    assert found, page[:3000]
    return max(map(int, found))


def _chosen(person: Person, page: str, name: str) -> list[str]:
    """What can be ticked on a page."""
    return re.findall(rf'name="{name}" value="([^"]+)"', person.get("", page))


def _await(person: Person, upload: int, state: str) -> None:
    """Until an upload is there."""
    live = f"uploads/{upload}/live/?state={state}"  # empty in any other state
    eventually(lambda: person.get("", live, part=True), within=240, what=f"upload {upload} is {state}")
