"""The REST API under /api/v1/."""

from functools import lru_cache
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.renderers import JSONRenderer

from listwright.api.auth import PREFIX, Guard
from listwright.api.parsing import StrictParser
from listwright.api.problems import CONTENT_TYPE, translate
from listwright.api.routers import companies, connection, held, jobs, listings, plugins, products, uploads
from listwright.api.schemas.base import Problem
from listwright.common.access import operation


class Api(NinjaAPI):
    """NinjaAPI whose description also says what an error looks like."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        described = super().get_openapi_schema(**options)
        described["components"]["schemas"]["Problem"] = Problem.model_json_schema()
        answer = {
            "description": "What is wrong, and where.",
            "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for methods in described["paths"].values():
            for each in methods.values():
                each["responses"]["default"] = answer
        return described


class Renderer(JSONRenderer):
    """Texts as they are, not as escapes."""

    json_dumps_params = {"ensure_ascii": False}


@lru_cache(maxsize=1)
def _query_parameters() -> dict[str, frozenset[str]]:
    """{operation: names}, from the description itself."""
    found = {}
    for path, methods in api.get_openapi_schema(path_prefix=f"{PREFIX}/")["paths"].items():
        for method, described in methods.items():
            names = [item["name"] for item in described.get("parameters", []) if item["in"] == "query"]
            found[operation(method.upper(), path)] = frozenset(names)
    return found


guard = Guard(lambda name: _query_parameters().get(name, frozenset()))
api = Api(
    title="Listwright",
    version="1",
    description="Keeps a seller's Back Market listings right. Errors are application/problem+json with a `code`.",
    auth=guard,
    parser=StrictParser(),
    renderer=Renderer(),
    docs_url=None,
    docs_decorator=guard.describes,
)
translate(api)
api.add_router("", companies.installation)
for _router in (
    products.router,
    uploads.router,
    listings.router,
    held.router,
    companies.router,
    connection.router,
    jobs.router,
    plugins.router,
):
    api.add_router("/companies/{slug:company}", _router)
