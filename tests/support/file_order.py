"""The order in which test files are begun, and the files that `make test-fast` leaves out."""

LONGEST_FIRST = (
    "tests/test_road.py",
    "tests/capture/test_station_page_kept.py",
    "tests/test_every_change.py",
    "tests/films/test_film.py",
    "tests/capture/test_station_page.py",
    "tests/films/test_title_cards.py",
    "tests/stewardship/test_edition_histories.py",
    "tests/library/test_gate_histories.py",
    "tests/publish/test_every_page_browser.py",
    "tests/publish/test_story_browser.py",
    "tests/stewardship/test_withdrawal_races.py",
    "tests/publish/test_training_browser.py",
    "tests/capture/test_browser_formats.py",
    "tests/stewardship/test_migrate.py",
    "tests/stewardship/test_earlier_versions.py",
)
"""Files that take half a minute or more. Whole files go to one of four workers: begun last, one of
these would be all that the others wait for. Those of the station wait for a camera and leave the
processor idle: in this order they come one after the other, beside workers that compute."""

WAITS_LONGEST = "tests/capture/test_station_page_story.py"
"""One test of a minute and a half, nearly all of it waiting, that loads PyTorch. It is begun before
the other files of recognisers: a worker that begins its only test takes the next file as well, and
behind it one of those that load PyTorch was all that the others waited for at the end."""

PYTORCH_LAST = (
    "tests/transcribe/test_chunks.py",
    "tests/transcribe/test_engine_contract.py",
    "tests/films/test_verify_audio.py",
    "tests/transcribe/test_cluster_jobs.py",
    "tests/demo/test_demo_model.py",
    "tests/transcribe/test_engine.py",
    "tests/transcribe/test_word_onsets.py",
)
"""Files that load PyTorch, the longest first. Whatever kills a command at each of its steps forks
the worker for it, and a fork of a worker that holds PyTorch takes twice as long."""

SHORT_LAST = ("tests/library/", "tests/hostile/")
"""Folders of files that take seconds and load no PyTorch: begun at the very end, they keep all
workers at work until the last file of PyTorch's is done."""

NOT_IN_FAST_RUN = (
    "tests/transcribe/test_cluster_jobs.py",
    "tests/delivery/test_scorm_browser.py",
    "tests/delivery/test_scorm_package.py",
    "tests/capture/test_anonymise.py",
    "tests/capture/test_copying.py",
    "tests/capture/test_derivatives.py",
    "tests/capture/test_intake.py",
    "tests/capture/test_intake_hostile.py",
    "tests/capture/test_intake_meetings.py",
    "tests/capture/test_intake_resumed.py",
    "tests/capture/test_intake_takes.py",
    "tests/capture/test_media_limits.py",
    "tests/capture/test_microphone_alignment.py",
    "tests/capture/test_picture.py",
    "tests/capture/test_same_sound.py",
    "tests/capture/test_session_finalise.py",
    "tests/capture/test_session_model.py",
    "tests/capture/test_session_store.py",
    "tests/capture/test_sound_assembly.py",
    "tests/capture/test_sound_decoding.py",
    "tests/capture/test_sound_disguise.py",
    "tests/capture/test_station_guard.py",
    "tests/capture/test_takes.py",
    "tests/capture/test_withdrawn_recordings.py",
    "tests/films/test_disguise_choice.py",
    "tests/films/test_film.py",
    "tests/films/test_film_follows_edit.py",
    "tests/films/test_preview.py",
    "tests/films/test_title_cards.py",
    "tests/films/test_translations.py",
    "tests/films/test_verify_audio.py",
    "tests/hostile/test_backups.py",
    "tests/hostile/test_for_this_account.py",
    "tests/hostile/test_parsers.py",
    "tests/hostile/test_station_requests.py",
    "tests/library/test_gate_histories.py",
    "tests/library/test_store_faults.py",
    "tests/publish/test_build.py",
    "tests/publish/test_contributor_preview.py",
    "tests/publish/test_firefox_browser.py",
    "tests/publish/test_handwritten.py",
    "tests/publish/test_leaks.py",
    "tests/publish/test_leaks_planted.py",
    "tests/publish/test_offline.py",
    "tests/publish/test_reconciliation.py",
    "tests/publish/test_training_cli.py",
    "tests/publish/test_training_editions.py",
    "tests/publish/test_written_pictures.py",
    "tests/publish/test_written_sounds.py",
    "tests/stewardship/test_earlier_versions.py",
    "tests/stewardship/test_edition_histories.py",
    "tests/stewardship/test_folders_elsewhere.py",
    "tests/stewardship/test_log_receipts.py",
    "tests/stewardship/test_migrate.py",
    "tests/stewardship/test_site_histories.py",
    "tests/stewardship/test_subject_access.py",
    "tests/stewardship/test_verify.py",
    "tests/stewardship/test_withdrawal.py",
    "tests/stewardship/test_withdrawal_broken.py",
    "tests/stewardship/test_withdrawal_races.py",
    "tests/transcribe/test_chunks.py",
    "tests/transcribe/test_engine.py",
    "tests/transcribe/test_engine_contract.py",
)
"""Files whose quick tests take six seconds of a processor or more together. `make test-fast`
leaves them out, and every test that is marked slow or browser."""


def place_in_run(file: str) -> tuple[int, int]:
    """Return the sorting key of a test file: longest, others, recognisers', PyTorch's, short."""
    if file in LONGEST_FIRST:
        return 0, LONGEST_FIRST.index(file)
    if file == WAITS_LONGEST:
        return 2, 0
    if file in PYTORCH_LAST:
        return 3, PYTORCH_LAST.index(file)
    if file.startswith("tests/transcribe/"):
        return 2, 1
    # What forks for every step has "faults" in its name, and is slow after PyTorch.
    is_short = file.startswith(SHORT_LAST) and "faults" not in file
    return (4, 0) if is_short else (1, 0)
