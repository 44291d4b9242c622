"""How the fields of a form stand beside each other on the page (crispy-forms)."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout


def name_nothing(form, *names: str) -> None:
    """The choice that is none, as a dash; Django writes nine hyphens."""
    for name in names:
        choices = [(value, label) for value, label in form.fields[name].choices if value != ""]
        form.fields[name].choices = [("", "—"), *choices]


def inside_form(*rows) -> FormHelper:
    """Fields in the given rows, without a <form> tag or token of their own: the template writes both."""
    helper = FormHelper()
    helper.form_tag, helper.disable_csrf = False, True
    helper.layout = Layout(*rows)
    return helper
