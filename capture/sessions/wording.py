"""Words said around an interview: before it, in a pause, afterwards, and to the volunteer."""

from __future__ import annotations

from typing import Any

from library.core.settings import Settings


def session_wording(settings: Settings) -> dict[str, Any]:
    """Return the object of `GET /api/words`: lists of paragraphs, as plain text."""
    reach = (
        f"You reach us here: {settings.contact}."
        if settings.contact
        else "The person who is here with you tells you how to reach us."
    )
    return {
        "before": [
            "You have seen the questions. You can leave out any of them.",
            "We can pause or stop whenever you like. You need not say why.",
            "If you say something that should not be used, tell us: we mark it at once.",
            "Nothing is sent anywhere. The recording stays on this computer.",
        ],
        "pausing": [
            "Nothing is being recorded now.",
            "Take as long as you like. We go on when you are ready, or we stop here.",
        ],
        "after": [
            "Thank you. What you told us stays yours.",
            "Take a moment before you go. How are you now?",
        ],
        "next": [
            "The recording stays on this computer. Nobody else has it.",
            "An editor puts the words right, and leaves out what you marked.",
            "You watch the film before anybody else does. You can ask for changes.",
            "It is shown to staff only if you then say yes, and sign the second form.",
        ],
        "withdraw": [
            "You can change your mind at any time, today or years from now.",
            f"Tell us, and we take your story out at once. {reach}",
            "You do not have to say why. Your own care, and the care of the person you look after, "
            "stay the same.",
        ],
        "deleted": [
            "The recording is deleted. Only a number and the date stay, to show that it was done.",
            "Thank you for trying. You are welcome to come back, and it is fine if you do not.",
        ],
        "debrief": {
            "title": "For you, the volunteer",
            "lines": [
                "Listening to hard stories stays with people. That is no weakness.",
                "Take ten minutes before you do the next thing: tea, air, a short walk.",
                "Talk today with whoever supports you in this work about how it was for you. Leave "
                "out names and what was told in confidence.",
                "If somebody may be in danger, tell the person in charge at once. Do not wait for "
                "the recording to be edited.",
                "The support lines are for you as well.",
            ],
        },
    }
