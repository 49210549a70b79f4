"""Words whose text is known, found in the sound: when each begins and ends."""
