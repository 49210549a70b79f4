"""The design files of earlier releases, so that one of them is known where it lies among today's.

A release adds those of its own that the next one changes; `tests/publish/test_earlier_designs.py`
holds the table to the libraries in `tests/fixtures`.
"""

from __future__ import annotations

BEGINNING = 16
"""Hexadecimal digits of a SHA-256 that the table has."""
EARLIER_DESIGNS: dict[str, dict[str, str]] = {
    "0.1.0": {
        "mkdocs.yml": "6c09f111b1cb1d63",
        "site/assets/css/frame.css": "7e6b6ad696fcb8ca",
        "site/assets/css/library.css": "72064243d6ce50e3",
        "site/assets/css/present.css": "ddceb202019dd4b3",
        "site/assets/css/print.css": "7faafd956b599a5d",
        "site/assets/css/search.css": "ec3fb78e8a96ded9",
        "site/assets/css/story.css": "a255f830b07f4643",
        "site/assets/css/training.css": "bd6027011515d890",
        "site/assets/css/type.css": "75933ce3002a7db5",
        "site/assets/js/appearance.js": "8ca9de71bda56ee9",
        "site/assets/js/captions.js": "db6f671778f9b62c",
        "site/assets/js/check.js": "3992ad89c1f2e596",
        "site/assets/js/evaluation.js": "20dea6edb075d3db",
        "site/assets/js/handout.js": "d956c5aeee74778a",
        "site/assets/js/library.js": "d32a1c87c2c50fe7",
        "site/assets/js/player.js": "ef36cf75e045861c",
        "site/assets/js/present-check.js": "de6647fbbc28121c",
        "site/assets/js/present-clip.js": "d7ae32f9b04ac2b7",
        "site/assets/js/present-timer.js": "cf1b39ccbef21f9e",
        "site/assets/js/present.js": "154ebcd93674f7cd",
        "site/assets/js/reflect.js": "34da64032a2e7a86",
        "site/assets/js/search-field.js": "0d4983ac64e6f614",
        "site/assets/js/search-index.js": "0debc6b75061e543",
        "site/assets/js/search-lists.js": "6efbe954201d399e",
        "site/assets/js/search-words.js": "95bbdd41cd2fd2d0",
        "site/assets/js/search.js": "ba4bd958299cea56",
        "site/assets/js/training.js": "56432f963bec7af2",
        "site/assets/js/transcript.js": "9695ba5116962b05",
        "site/assets/js/until.js": "c6b45b6c77715c29",
        "site/overrides/404.html": "aecf246ee51eaba0",
        "site/overrides/main.html": "b1416c32763f64dd",
        "site/overrides/partials/footer.html": "2cc528808ec63f75",
        "site/overrides/partials/header.html": "c5c8f4adc412d0f1",
        "site/overrides/partials/javascripts/announce.html": "e557c5755315f270",
        "site/overrides/partials/javascripts/base.html": "e557c5755315f270",
        "site/overrides/partials/javascripts/content.html": "e557c5755315f270",
    },
}
"""Version → path → how the SHA-256 of the file began. Pages and fonts are not among them."""
