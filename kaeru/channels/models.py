"""Tables of the channels, gathered for Django: each stands beside its own rules."""

from kaeru.channels.line.models import LineAccount as LineAccount
from kaeru.channels.line.models import LineEvent as LineEvent
from kaeru.channels.line.models import LineFriend as LineFriend
from kaeru.channels.line.models import LineLink as LineLink
from kaeru.channels.line.models import LineReply as LineReply
