"""What happens after each reason, by itself."""
