"""The portal's routes plus one page with a kept form, for tests/browser/test_draft.py."""

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.template import RequestContext, Template
from django.urls import path

from portal.urls import *  # noqa: F403  (the handlers belong to the routes)
from portal.urls import urlpatterns as portal_patterns

PAGE = Template(
    """{% extends "base.html" %}{% block content %}{% page_header "Thử" %}{% endpage_header %}{% error_summary form %}
<form method="post" data-keep="thu" novalidate>{% csrf_token %}
{{ form.as_div }}<label>Mật khẩu <input type="password" name="password"></label><button id="send">Gửi</button></form>
{% endblock %}"""
)


class KeptForm(forms.Form):
    """One of each kind of field."""

    head = forms.CharField(label="Chủ hộ")
    poor = forms.BooleanField(label="Hộ nghèo", required=False)
    hamlet = forms.ChoiceField(label="Khu phố", choices=[("1", "Khu phố 1"), ("2", "Khu phố 2")])
    note = forms.CharField(label="Ghi chú", widget=forms.Textarea, required=False)


def kept(request):
    """GET shows the form, POST with a head leads home."""
    form = KeptForm(request.POST or None)
    if form.is_valid():
        return HttpResponseRedirect("/")
    return HttpResponse(PAGE.render(RequestContext(request, {"form": form})))


urlpatterns = [path("thu/", kept, name="thu"), *portal_patterns]
