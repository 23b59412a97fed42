"""Addresses of the pages; config/access.py says who may see each."""

from django.urls import URLPattern, URLResolver, include, path

from listwright.web import health, pulse
from listwright.web.settings import company as company_settings

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("", include("listwright.web.accounts.urls")),
    path("<slug:company>/pulse/", pulse.pulse, name="pulse"),
    path("<slug:company>/", include("listwright.web.dashboard.urls")),
    path("<slug:company>/", include("listwright.web.catalog.urls")),
    path("<slug:company>/", include("listwright.web.jobs.urls")),
    path("settings/client/", company_settings.client, name="client-settings"),
    path("<slug:company>/catalog/<str:sku>/", include("listwright.web.product.urls")),
    path("<slug:company>/catalog/<str:sku>/backmarket/", include("listwright.web.backmarket.urls")),
    path("<slug:company>/settings/", include("listwright.web.settings.urls")),
    path("<slug:company>/", include("listwright.web.uploads.urls")),
    path("<slug:company>/unlinked/", include("listwright.web.unlinked.urls")),
    path("<slug:company>/held/", include("listwright.web.held.urls")),
    path("<slug:company>/orders/", include("listwright.web.orders.urls")),
    path("<slug:company>/plugins/", include("listwright.web.plugins.urls")),
]
