"""Bulk Product Update, templates, and exports."""

from django.urls import path

from listwright.web.uploads import exports, templates, views

urlpatterns = [
    path("uploads/", views.uploads, name="uploads"),
    path("uploads/templates/new/", templates.new, name="template-new"),
    path("uploads/templates/file/", templates.usual_file, name="template-usual-file"),
    path("uploads/templates/<int:template_id>/file/", templates.file, name="template-file"),
    path("uploads/templates/<int:template_id>/delete/", templates.delete, name="template-delete"),
    path("uploads/<int:upload_id>/", views.upload, name="upload"),
    path("uploads/<int:upload_id>/live/", views.live, name="upload-live"),
    path("uploads/<int:upload_id>/look/", views.look, name="upload-look"),
    path("uploads/<int:upload_id>/log/", views.log, name="upload-log"),
    path("uploads/<int:upload_id>/result/", views.result, name="upload-result"),
    path("uploads/<int:upload_id>/file/", views.original, name="upload-file"),
    path("uploads/<int:upload_id>/options/", views.options, name="upload-options"),
    path("uploads/<int:upload_id>/apply/", views.apply, name="upload-apply"),
    path("uploads/<int:upload_id>/cancel/", views.cancel, name="upload-cancel"),
    path("uploads/<int:upload_id>/roll-back/", views.roll_back, name="upload-roll-back"),
    path("uploads/<int:upload_id>/delete/", views.delete, name="upload-delete"),
    path("exports/ask/", exports.ask, name="export-ask"),
    path("exports/", exports.export, name="export"),
    path("jobs/<int:job_id>/export/", exports.file, name="job-export"),
]
