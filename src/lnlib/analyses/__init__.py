"""What is composed of histories, measures and exhibits for a notebook: claims, statistics to quote, stories."""
