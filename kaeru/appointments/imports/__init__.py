"""What the salon's former system lets its people download: clients and visits, taken over as they were."""
