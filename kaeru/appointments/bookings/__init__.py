"""Who comes when: booking, holding, moving, cancelling, so that no slot is ever sold twice."""
