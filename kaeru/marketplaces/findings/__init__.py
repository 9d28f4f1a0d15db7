"""気づき: what causes the cancellations, week by week, with what it costs and the repair proposed."""
