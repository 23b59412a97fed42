"""Answers under /api/ that no operation gave: an unknown address, another method, a defect."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from listwright.api.auth import PREFIX
from listwright.api.problems import not_found, problem

Handler = Callable[[HttpRequest], HttpResponse]


class Problems:
    """Makes them problem+json too, so that a program never meets a page."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < 400 or not request.path_info.startswith(f"{PREFIX}/"):
            return response
        if response.headers.get("Content-Type", "").startswith("application/"):
            return response
        return _as_problem(response)


def _as_problem(response: HttpResponse) -> HttpResponse:
    status = response.status_code
    if status == 404:
        return not_found()
    if status == 405:
        allowed = ", ".join(sorted(response.headers.get("Allow", "").split(", ")))
        answer = problem(405, "method_not_allowed", f"This address takes {allowed}.")
        answer["Allow"] = allowed
        return answer
    if status >= 500:
        return problem(status, "defect", "Listwright failed at this; the server's log says where.")
    return problem(status, "bad_request", "The request cannot be understood.")
