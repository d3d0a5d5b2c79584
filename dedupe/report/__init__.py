"""Turns results into text: tables and HTML pages for people, JSON and CSV for programs.

Each module formats one kind of result. Scores and shares are measured elsewhere; a report only selects, sorts, sums,
rounds and formats them. The explanations of a clustering are asked from ``dedupe.explanations`` when a report shows
them, and the page of a clustering aligns the copies that it shows side by side.
"""
