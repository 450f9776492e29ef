"""What is declared before any register is read: scales, places, partial dates, vocabulary, and the packaged resources."""
