"""Upload files of many products: stored, previewed, applied as a Queued Job, rolled back."""

from listwright.bulk.alone import AT_ONCE
from listwright.bulk.operations.apply import apply_job, apply_now, start_due
from listwright.bulk.operations.asked import (
    apply_upload,
    cancel_upload,
    change_options,
    delete_upload,
    options_of,
    roll_back_upload,
    start_upload,
)
from listwright.bulk.operations.edit import edit_now, edit_selected, editable, enable_selected
from listwright.bulk.operations.export import export_now, export_selected, forget_exports
from listwright.bulk.operations.preview import preview_now
from listwright.bulk.operations.templates import delete_template, save_template

__all__ = [
    "AT_ONCE",
    "apply_job",
    "apply_now",
    "apply_upload",
    "cancel_upload",
    "change_options",
    "delete_template",
    "delete_upload",
    "edit_now",
    "edit_selected",
    "editable",
    "enable_selected",
    "export_now",
    "export_selected",
    "forget_exports",
    "options_of",
    "preview_now",
    "roll_back_upload",
    "save_template",
    "start_due",
    "start_upload",
]
