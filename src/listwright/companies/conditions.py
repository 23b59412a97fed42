"""The grades a new company starts with (C3); it changes them as its own words differ."""

GRADES = ("PREMIUM", "EXCELLENT", "VERY_GOOD", "GOOD", "FAIR", "STALLONE")

SUGGESTED: dict[str, str] = {
    "Premium": "PREMIUM",
    "Like New": "PREMIUM",
    "Excellent": "EXCELLENT",
    "Grade A": "EXCELLENT",
    "Very Good": "VERY_GOOD",
    "Grade B": "VERY_GOOD",
    "Good": "GOOD",
    "Grade C": "GOOD",
    "Fair": "FAIR",
    "Grade D": "FAIR",
    "Stallone": "STALLONE",
}
