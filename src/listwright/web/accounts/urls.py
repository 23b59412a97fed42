"""Sign in and out, my account, people, new companies."""

from django.urls import path

from listwright.web.accounts import companies, me, people, session

urlpatterns = [
    path("", session.start, name="start"),
    path("sign-in/", session.sign_in, name="sign-in"),
    path("sign-out/", session.sign_out, name="sign-out"),
    path("account/", me.account, name="account"),
    path("account/password/", me.password, name="account-password"),
    path("account/tokens/", me.add_token, name="account-tokens"),
    path("account/tokens/<int:token_id>/revoke/", me.revoke, name="account-token-revoke"),
    path("settings/people/", people.people, name="people"),
    path("settings/people/<int:user_id>/role/", people.role, name="people-role"),
    path("settings/people/<int:user_id>/active/", people.active, name="people-active"),
    path("settings/companies/new/", companies.new, name="new-company"),
]
