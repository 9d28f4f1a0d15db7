"""What Kaeru caused: comparing customers who were treated with customers who were held out by lot. Pure arithmetic, no tables."""
