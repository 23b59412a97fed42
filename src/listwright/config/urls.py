"""Where every address leads; config/access.py says who may go there."""

from django.urls import URLPattern, URLResolver, include, path

from listwright.api.urls import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", api.urls),
    path("", include("listwright.web.urls")),
]

handler403 = "listwright.web.answers.denied"
handler404 = "listwright.web.answers.missing"
