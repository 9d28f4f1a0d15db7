"""受付 the desk: what needs a person, when waiting begins to cost, and what was decided by whom."""
