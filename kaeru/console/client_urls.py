"""Addresses of the pages about a salon's clients."""

from django.urls import path

from kaeru.console import client_consent, client_merge, client_packs, client_waits, clients

urlpatterns = [
    path("clients/", clients.listing, name="clients"),
    path("clients/new/", clients.new, name="client_new"),
    path("clients/packs/", client_packs.listing, name="packs"),
    path("clients/packs/<int:pack_id>/", client_packs.change, name="pack_change"),
    path("clients/waitlist/", client_waits.listing, name="waitlist"),
    path("clients/waitlist/<int:entry_id>/", client_waits.withdraw, name="waitlist_withdraw"),
    path("clients/<int:customer_id>/", clients.card, name="client"),
    path("clients/<int:customer_id>/sell/", client_packs.sell, name="client_sell"),
    path("clients/<int:customer_id>/wait/", client_waits.new, name="client_wait"),
    path("clients/<int:customer_id>/consent/", client_consent.change, name="client_consent"),
    path("clients/<int:customer_id>/merge/", client_merge.merge, name="client_merge"),
]
