"""The continuous-time Markov model for panel data with misrating (Kalbfleisch & Lawless 1985; Jackson 2011)."""
