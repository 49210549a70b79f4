"""Pictures of stories that may not be shown, found again in what people wrote."""
