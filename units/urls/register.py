"""Routes: register."""

from django.urls import path

from units.views import citizens, clans, communities, lives, organisations, register, searching

urlpatterns = [
    path("tim/", searching.search, name="search"),
    # Households
    path("ho-gia-dinh/", register.household_list, name="household-list"),
    path("ho-gia-dinh/dia-ban/<int:place_pk>/", register.household_place, name="household-place"),
    path("ho-gia-dinh/dia-ban/<int:place_pk>/xuat-excel/", register.household_export, name="household-export"),
    path("ho-gia-dinh/dia-ban/<int:place_pk>/phieu/", register.household_slips_paper, name="household-slips"),
    path("ho-gia-dinh/them/", register.household_create, name="household-create"),
    path("ho-gia-dinh/<int:pk>/", register.household_detail, name="household-detail"),
    path("ho-gia-dinh/<int:pk>/sua/", register.household_correct, name="household-correct"),
    path("ho-gia-dinh/<int:pk>/ra-khoi-so/", register.household_close, name="household-close"),
    path("ho-gia-dinh/<int:pk>/vao-lai/", register.household_reopen, name="household-reopen"),
    path("ho-gia-dinh/<int:pk>/chuyen-di/", lives.household_move, name="household-move"),
    path("ho-gia-dinh/<int:pk>/doi-chu-ho/", lives.household_head, name="household-head"),
    path("ho-gia-dinh/<int:pk>/tach-ho/", lives.household_split, name="household-split"),
    path("ho-gia-dinh/<int:pk>/nhap-ho/", lives.household_merge, name="household-merge"),
    # Clans
    *clans.pages.routes("dong-ho"),
    path("dong-ho/<int:pk>/gia-dinh/", clans.clan_families, name="clan-families"),
    path("dong-ho/<int:pk>/gia-dinh/<int:household_pk>/roi/", clans.clan_family_end, name="clan-family-end"),
    # Citizens
    *citizens.pages.routes("cong-dan"),
    # Organisations
    *organisations.pages.routes("don-vi"),
    path("don-vi/<int:pk>/so-lieu-nam/", organisations.organisation_year, name="organisation-year"),
    path(
        "don-vi/<int:pk>/so-lieu-nam/<int:year>/xoa/",
        organisations.organisation_year_remove,
        name="organisation-year-remove",
    ),
    # Communities
    path("cong-dong/", communities.community_list, name="community-list"),
    path("cong-dong/dia-ban/<int:place_pk>/", communities.community_place, name="community-place"),
    path("cong-dong/dia-ban/<int:place_pk>/xuat-excel/", communities.community_export, name="community-export"),
    path("cong-dong/dia-ban/<int:place_pk>/lap/", communities.community_ensure, name="community-ensure"),
    *communities.pages.record_routes("cong-dong"),
]
