"""Routes: declared figures, the rules they are checked by, and targets."""

from django.urls import path

from recognition.views import declared, declaring, figure_imports, targets

urlpatterns = [
    path("cac-phep-kiem-tra/", declared.rule_list, name="declared-rules"),
    path("so-lieu-khai-bao/", declared.declared_list, name="declared-list"),
    path("so-lieu-khai-bao/cua-toi/", declaring.declared_own, name="declared-own"),
    path("so-lieu-khai-bao/noi/<int:place_pk>/", declaring.declared_place, name="declared-place"),
    path("so-lieu-khai-bao/noi/<int:place_pk>/kiem-tra/", declaring.declared_check, name="declared-check"),
    path("so-lieu-khai-bao/noi/<int:place_pk>/nhap/", figure_imports.declared_import, name="declared-import"),
    path("so-lieu-khai-bao/noi/<int:place_pk>/mau/", figure_imports.declared_template, name="declared-template"),
    path("so-lieu-khai-bao/con-thieu/", declaring.declared_owing_nation, name="declared-owing-nation"),
    path("so-lieu-khai-bao/con-thieu/<int:place_pk>/", declaring.declared_owing, name="declared-owing"),
    path("so-lieu-khai-bao/con-thieu/<int:place_pk>/tai/", declaring.declared_owing_file, name="declared-owing-file"),
    # A source may be the number of a paper, "12/BC-HKH".
    path("so-lieu-khai-bao/<path:source>/", declared.declared_detail, name="declared-detail"),
    path("chi-tieu/", targets.target_nation, name="target-nation"),
    path("chi-tieu/cua-toi/", targets.target_own, name="target-own"),
    path("chi-tieu/dat/", targets.target_create, name="target-create-nation"),
    path("chi-tieu/<int:place_pk>/", targets.target_place, name="target-place"),
    path("chi-tieu/<int:place_pk>/dat/", targets.target_create, name="target-create"),
    path("chi-tieu/<int:place_pk>/nhap/", figure_imports.target_import, name="target-import"),
    path("chi-tieu/<int:place_pk>/mau/", figure_imports.target_template, name="target-template"),
    path("chi-tieu/sua/<int:pk>/", targets.target_edit, name="target-edit"),
    path("chi-tieu/sua/<int:pk>/rut/", targets.target_withdraw, name="target-withdraw"),
]
