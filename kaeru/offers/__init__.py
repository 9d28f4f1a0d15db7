"""What is given to customers: coupons and their redemption."""
