"""Addresses of the signed-in pages."""

from django.urls import path

from kaeru.console import (
    builder,
    calls,
    cancellations,
    connections,
    mail,
    members,
    preview,
    scenarios,
    settings,
    skip,
    today,
    waiting,
)

app_name = "console"
urlpatterns = [
    path("", today.today, name="today"),
    path("cancellations/", cancellations.listing, name="cancellations"),
    path("cancellations/<int:request_id>/", cancellations.detail, name="cancellation"),
    path("cancellations/<int:request_id>/confirm/", cancellations.confirm, name="confirm"),
    path("cancellations/<int:request_id>/retry/", cancellations.retry, name="retry"),
    path("calls/", calls.listing, name="calls"),
    path("calls/<int:task_id>/", calls.detail, name="call"),
    path("calls/<int:task_id>/tell/", calls.tell, name="call_tell"),
    path("calls/<int:task_id>/take/", calls.take, name="call_take"),
    path("calls/<int:task_id>/assign/", calls.assign, name="call_assign"),
    path("mails/<int:message_id>/", mail.message, name="message"),
    path("mails/<int:message_id>/settle/", mail.settle, name="settle"),
    path("scenarios/", scenarios.listing, name="scenarios"),
    path("scenarios/<int:scenario_id>/", builder.builder, name="scenario"),
    path("scenarios/new/<int:reason_id>/", scenarios.new, name="new_scenario"),
    path("scenarios/<int:scenario_id>/preview/", preview.preview, name="preview"),
    path("scenarios/<int:scenario_id>/preview/body/", preview.body, name="preview_body"),
    path("scenarios/<int:scenario_id>/switch/", scenarios.switch, name="scenario_switch"),
    path("waiting/", waiting.waiting, name="waiting"),
    path("settings/", settings.index, name="settings"),
    path("settings/shop/", settings.shop, name="shop"),
    path("settings/reasons/", settings.reason_list, name="reasons"),
    path("settings/reasons/new/", settings.new_reason, name="new_reason"),
    path("settings/reasons/<int:reason_id>/", settings.reason, name="reason"),
    path("settings/reasons/<int:reason_id>/arrange/", settings.arrange_reason, name="arrange_reason"),
    path("settings/connections/", connections.connections, name="connections"),
    path("settings/connections/keys/", connections.new_key, name="new_key"),
    path("settings/connections/keys/<int:key_id>/revoke/", connections.revoke_key, name="revoke_key"),
    path("settings/connections/secrets/<slug:source>/", connections.new_secret, name="new_secret"),
    path("settings/members/", members.members, name="members"),
    path("settings/organization/", members.move, name="move"),
    path("demo/skip/", skip.skip, name="skip"),
]
