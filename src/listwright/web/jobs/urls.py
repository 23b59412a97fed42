"""Queued Jobs."""

from django.urls import path

from listwright.web.jobs import views

urlpatterns = [
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<int:job_id>/", views.job, name="job"),
    path("jobs/<int:job_id>/live/", views.live, name="job-live"),
    path("jobs/<int:job_id>/file/", views.file, name="job-file"),
    path("jobs/<int:job_id>/cancel/", views.cancel, name="job-cancel"),
    path("jobs/<int:job_id>/retry/ask/", views.ask_retry, name="job-retry-ask"),
    path("jobs/<int:job_id>/retry/", views.retry, name="job-retry"),
]
