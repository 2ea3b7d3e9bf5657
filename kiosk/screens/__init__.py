"""One screen for each state of a visit: each is a function that gives the widgets to show.

A screen is drawn anew from every `Shown`, so nothing of a reader outlives the visit.
"""
