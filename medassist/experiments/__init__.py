"""Experiments: trainings on record, searches for hyper-parameters, evaluations side by side.

Nothing of this is on the way of an answer: Lambda loads none of it.
"""
