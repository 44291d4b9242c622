"""Accounts: nobody signs up by themselves; administrators invite."""

from allauth.account.adapter import DefaultAccountAdapter


class ClosedSignupAdapter(DefaultAccountAdapter):
    """Closed sign-up. Officers get an invitation link from an administrator."""

    def is_open_for_signup(self, request) -> bool:
        return False
