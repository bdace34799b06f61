"""Weights of a statement's support, written by :mod:`medassist.experiments.support_fitting`."""

from collections.abc import Mapping

INTERCEPT = 4.4373
WEIGHTS: Mapping[str, float] = {
    "words": -0.1510,
    "missing": -0.1423,
    "strange": 0.0717,
    "strangest": 0.1422,
    "strangest_anywhere": -4.1708,
    "unlike_place": 0.1245,
    "unlike_place_worst": 2.1645,
    "unlike_context": -0.2922,
    "unlike_context_worst": -2.8028,
    "unlike_anyhow": -4.8175,
    "elsewhere": 0.2902,
    "proper": -1.2911,
    "foreign": 0.2106,
    "retitled": 0.8075,
    "leaps": -0.5740,
    "together": 0.9461,
    "in_order": -1.8964,
    "unused": -1.4541,
    "unlikeness": -1.6056,
    "denied_missing": -5.2537,
    "any_missing": 1.0414,
    "few_missing": 1.2858,
    "share_missing": -2.1051,
    "density_missing": -0.1807,
    "strangest_squared": -0.6630,
    "any_foreign": -1.3142,
    "any_retitled": -3.7169,
    "harm": -1.8277,
    "harm_capped": 0.2356,
    "harm_missing": 0.0932,
    "harm_foreign": -0.0709,
    "harm_leaps": 0.5358,
}
