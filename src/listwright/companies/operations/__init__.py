"""Write companies, their people, tokens and settings."""

from listwright.companies.operations.accounts import (
    connect_account,
    disconnect_account,
    pause_account,
    resume_account,
    set_markets,
    update_account_settings,
)
from listwright.companies.operations.client_settings import update_client_settings
from listwright.companies.operations.companies import check_company, create_company, update_company
from listwright.companies.operations.conditions import check_conditions, set_condition, set_conditions
from listwright.companies.operations.configure import check_account, configure_account
from listwright.companies.operations.people import create_user, set_member
from listwright.companies.operations.plugins import check_plugin, configure_plugin, note_plugin, refresh_plugins
from listwright.companies.operations.tokens import create_token, revoke_token, token_of, token_user

__all__ = [
    "check_account",
    "check_company",
    "check_conditions",
    "check_plugin",
    "configure_account",
    "configure_plugin",
    "connect_account",
    "create_company",
    "create_token",
    "create_user",
    "disconnect_account",
    "note_plugin",
    "pause_account",
    "refresh_plugins",
    "resume_account",
    "revoke_token",
    "set_condition",
    "set_conditions",
    "set_markets",
    "set_member",
    "token_of",
    "token_user",
    "update_account_settings",
    "update_client_settings",
    "update_company",
]
