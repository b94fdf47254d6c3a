"""Declining: questions that the labels of a set answer, and questions that they do not."""
