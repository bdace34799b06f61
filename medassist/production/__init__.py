"""Bringing medassist into an AWS account and keeping it well there: stack, models, page, costs, scaling.

Nothing of this is on the way of an answer: Lambda loads none of it.
"""
