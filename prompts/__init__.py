"""Texts that people read: the disclaimer, the fixed sentences, and instructions for models."""
