"""Every test of the project; unit mirrors layers/, functions mirrors functions/."""
