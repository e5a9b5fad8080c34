"""Agents without a model that prove a suite: each follows a script through the real gateway of a world."""
