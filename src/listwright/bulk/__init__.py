"""Files in and out: what a spreadsheet says, what it would do, doing it, and products as a spreadsheet."""
