"""Files brought in: classified, received, verified, aligned, recorded, derived."""
