"""The order in which test files are begun."""

LONGEST_FIRST = (
    "tests/test_road.py",
    "tests/capture/test_station_page_kept.py",
    "tests/test_every_change.py",
    "tests/films/test_film.py",
    "tests/capture/test_station_page.py",
    "tests/films/test_verify_audio.py",
    "tests/films/test_title_cards.py",
    "tests/stewardship/test_edition_histories.py",
    "tests/library/test_gate_histories.py",
    "tests/publish/test_every_page_browser.py",
    "tests/transcribe/test_chunks.py",
    "tests/capture/test_station_page_story.py",
    "tests/transcribe/test_engine_contract.py",
    "tests/publish/test_story_browser.py",
    "tests/stewardship/test_withdrawal_races.py",
    "tests/publish/test_training_browser.py",
    "tests/capture/test_browser_formats.py",
    "tests/stewardship/test_migrate.py",
    "tests/stewardship/test_earlier_versions.py",
)
"""Files that take half a minute or more. Whole files go to one of three workers: begun last, one of
these would be all that the others wait for. Those of the station wait for a camera and leave the
processor idle: in this order they come one after the other, beside two workers that compute."""
