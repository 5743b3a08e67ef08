"""What the demonstration models share: reading series, contours, structure sets, registration."""
