"""What salons do by themselves: their shifts reach ninety days ahead."""

from kaeru.appointments.salons.laying import lay_out_due
from kaeru.core.passes import Pass

PASSES = [Pass(name="appointments.lay_out", run=lay_out_due, limit=20, every_seconds=5.0)]
