"""Tests of the screens, and what they share."""
