"""What this room does to due rows: forget answers that nobody asks for any more."""

from kaeru.api import kept
from kaeru.core.passes import Pass

PASSES = [Pass(name="api.kept_answers", run=kept.forget, limit=1000, every_seconds=600)]
